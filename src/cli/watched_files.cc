#include "cli/watched_files.h"

#include <system_error>
#include <utility>

namespace sluice::cli {

WatchedFiles::WatchedFiles(std::vector<std::string> paths)
    : paths_(std::move(paths)), known_(look()) {}

std::vector<std::string> WatchedFiles::changes() {
  std::map<std::string, Looks> now = look();
  std::vector<std::string> names;
  for (const auto& [name, looks] : now) {
    const auto known = known_.find(name);
    if (known == known_.end() || known->second != looks) names.push_back(name);
  }
  for (const auto& [name, looks] : known_) {
    if (!now.contains(name)) names.push_back(name);
  }
  known_ = std::move(now);
  return names;
}

std::map<std::string, WatchedFiles::Looks> WatchedFiles::look() const {
  namespace fs = std::filesystem;
  std::map<std::string, Looks> found;
  std::error_code failed;
  const auto add = [&](const fs::path& path) {
    std::error_code gone;
    if (!fs::is_regular_file(path, gone)) return;
    const Looks looks{fs::last_write_time(path, gone), fs::file_size(path, gone)};
    const std::string name = path.filename().string();
    // What editors keep beside a file while it is open.
    if (!gone && !name.starts_with('.') && !name.ends_with('~')) found[path.string()] = looks;
  };
  for (const std::string& path : paths_) {
    if (!fs::is_directory(path, failed)) {
      add(path);
      continue;
    }
    for (fs::directory_iterator at(path, failed), end; !failed && at != end; at.increment(failed)) {
      add(at->path().lexically_normal());
    }
  }
  return found;
}

}  // namespace sluice::cli
