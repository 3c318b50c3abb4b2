#include "connectors/files/file_pattern.h"

#include <algorithm>
#include <tuple>

#include <fnmatch.h>

#include "connectors/files/utf8.h"

namespace sluice::connectors {
namespace {

constexpr std::string_view kGlobLetters = "*?[";

bool is_hidden_part(std::string_view part) {
  return part.starts_with('.') || (part.starts_with('_') && part.find('=') == part.npos) ||
         part.ends_with("._COPYING_");
}

bool is_hidden(std::string_view name) {
  while (true) {
    const auto slash = name.find('/');
    if (is_hidden_part(name.substr(0, slash))) return true;
    if (slash == std::string_view::npos) return false;
    name.remove_prefix(slash + 1);
  }
}

}  // namespace

bool reads_before(const SourceFile& a, const SourceFile& b, FileOrder order) {
  if (order == FileOrder::kName) return a.name < b.name;
  return std::tie(a.modified, a.name) < std::tie(b.modified, b.name);
}

FilePattern::FilePattern(std::string path, bool recursive)
    : path_(std::move(path)), root_(path_), recursive_(recursive) {
  const auto glob = path_.find_first_of(kGlobLetters);
  if (glob == std::string::npos) return;
  const auto slash = path_.rfind('/', glob);
  root_ = slash == std::string::npos ? "." : path_.substr(0, std::max<std::size_t>(slash, 1));
  glob_ = slash == std::string::npos ? path_ : path_.substr(slash + 1);
}

Status FilePattern::resolve(io::FileSystem& files) {
  SLUICE_ASSIGN(const auto there, files.find(root_));
  // A store has no empty folders: one that gets its first file later is not there yet.
  if (!there && files.is_local(root_)) {
    return user_error("no file or folder at path=" + root_ + "; make it, or mend the path");
  }
  if (!glob_.empty() || !there || there->is_folder) return {};
  is_file_ = true;
  glob_ = io::file_name(path_);
  root_ = io::parent_folder(path_);
  return {};
}

bool FilePattern::matches(const std::string& name) const {
  if (is_file_) return name == glob_;
  if (is_hidden(name)) return false;
  if (glob_.empty()) return true;
  if (glob_.find('/') == std::string::npos) {
    return ::fnmatch(glob_.c_str(), io::file_name(name).c_str(), 0) == 0;
  }
  return ::fnmatch(glob_.c_str(), name.c_str(), FNM_PATHNAME) == 0;
}

Result<std::vector<SourceFile>> FilePattern::list(io::FileSystem& files, FileOrder order) const {
  const bool deep = !is_file_ && (recursive_ || glob_.find('/') != std::string::npos);
  SLUICE_ASSIGN(const auto there, files.find(root_));
  if (!there && files.is_local(root_)) {
    return transient_error("the folder is gone path=" + root_ + "; is its disk mounted?");
  }
  SLUICE_ASSIGN(auto listed, files.list(root_, deep));
  std::vector<SourceFile> result;
  const std::size_t root_bytes = root_.ends_with('/') ? root_.size() : root_.size() + 1;
  for (io::FileInfo& file : listed) {
    std::string name = file.path.substr(root_bytes);
    if (!matches(name)) continue;
    if (valid_utf8_bytes(name) != name.size()) {
      return user_error("file name is not UTF-8 path=" + repaired_utf8(file.path) + "; rename it");
    }
    result.push_back({std::move(name), file.bytes, file.modified});
  }
  std::ranges::sort(result, [order](const SourceFile& a, const SourceFile& b) {
    return reads_before(a, b, order);
  });
  return result;
}

}  // namespace sluice::connectors
