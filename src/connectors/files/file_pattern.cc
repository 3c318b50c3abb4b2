#include "connectors/files/file_pattern.h"

#include <algorithm>
#include <optional>
#include <tuple>

#include <fnmatch.h>

#include "base/utf8_text.h"

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

bool matches_part(const std::string& glob, const std::string& name) {
  return glob == name || ::fnmatch(glob.c_str(), name.c_str(), 0) == 0;
}

}  // namespace

bool reads_before(const SourceFile& a, const SourceFile& b, FileOrder order) {
  if (order == FileOrder::kName) return a.name < b.name;
  return std::tie(a.modified, a.name) < std::tie(b.modified, b.name);
}

FilePattern::FilePattern(std::string path, bool recursive)
    : path_(std::move(path)), root_(path_), recursive_(recursive) {}

/// The front of the path whose parts are there, or have no letters of a glob, is the root.
Status FilePattern::split(io::FileSystem& files) {
  std::size_t begin = 0;
  for (std::size_t end = 0; end != std::string::npos; begin = end + 1) {
    end = path_.find('/', begin);
    const std::string_view part = std::string_view(path_).substr(begin, end - begin);
    if (part.find_first_of(kGlobLetters) != std::string_view::npos) {
      SLUICE_ASSIGN(const auto there, files.find(path_.substr(0, end)));
      if (!there) break;
    }
    if (end == std::string::npos) {
      root_ = path_;
      glob_.clear();
      return {};
    }
  }
  root_ = begin == 0 ? "." : path_.substr(0, std::max<std::size_t>(begin - 1, 1));
  glob_ = path_.substr(begin);
  return {};
}

Status FilePattern::resolve(io::FileSystem& files) {
  is_file_ = false;
  SLUICE_TRY(split(files));
  SLUICE_ASSIGN(const auto there, files.find(root_));
  // A store has no empty folders: one that gets its first file later is not there yet.
  if (!there && files.is_local(root_)) {
    return user_error("no file or folder at path=" + root_ + "; create it, or fix the path");
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
  if (glob_.find('/') == std::string::npos) return matches_part(glob_, io::file_name(name));
  std::string_view wanted = glob_;
  std::string_view given = name;
  while (true) {
    const auto wanted_end = wanted.find('/');
    const auto given_end = given.find('/');
    if ((wanted_end == wanted.npos) != (given_end == given.npos)) return false;
    if (!matches_part(std::string(wanted.substr(0, wanted_end)),
                      std::string(given.substr(0, given_end)))) {
      return false;
    }
    if (wanted_end == wanted.npos) return true;
    wanted.remove_prefix(wanted_end + 1);
    given.remove_prefix(given_end + 1);
  }
}

Result<std::vector<SourceFile>> FilePattern::list(io::FileSystem& files, FileOrder order) const {
  return list(files, order,
              {[](const std::string&) { return true; }, [](const SourceFile&) { return true; }});
}

Result<std::vector<SourceFile>> FilePattern::list(io::FileSystem& files, FileOrder order,
                                                  const Wanted& wanted) const {
  SLUICE_ASSIGN(const auto there, files.find(root_));
  if (!there && files.is_local(root_)) {
    return transient_error("the folder is gone path=" + root_ + "; is its disk mounted?");
  }
  std::vector<SourceFile> result;
  const std::size_t root_bytes = root_.ends_with('/') ? root_.size() : root_.size() + 1;
  std::optional<std::string> no_text;
  const auto by_path = [&](const std::string& path) {
    const std::string name = path.substr(root_bytes);
    if (!matches(name)) return false;
    if (is_utf8(name)) return wanted.by_name(name);
    no_text = path;
    return false;
  };
  SLUICE_TRY(files.each_file(root_, is_deep(), by_path, [&](const io::FileInfo& file) {
    SourceFile found{file.path.substr(root_bytes), file.bytes, file.modified};
    if (wanted.by_file(found)) result.push_back(std::move(found));
  }));
  if (no_text) {
    return user_error("file name is not UTF-8 path=" + with_valid_utf8(*no_text) + "; rename it");
  }
  std::ranges::sort(result, [order](const SourceFile& a, const SourceFile& b) {
    return reads_before(a, b, order);
  });
  return result;
}

}  // namespace sluice::connectors
