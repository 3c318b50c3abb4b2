#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "io/file_system.h"
#include "sluice/base/result.h"

namespace sluice::connectors {

/// A file to read, as it was when it was listed. `name` is relative to FilePattern::root().
struct SourceFile {
  std::string name;
  std::uint64_t bytes = 0;
  Micros modified = 0;
  bool operator==(const SourceFile&) const = default;
};

enum class FileOrder : unsigned char { kName, kTime };

/// True when `a` is to be read before `b`: by name (as bytes), or by time of change and then name.
bool reads_before(const SourceFile& a, const SourceFile& b, FileOrder order);

/// The user's path: one file, a folder, or a glob (`*`, `?`, `[...]`) below a folder. A name that
/// exists is meant as it is, whatever letters are in it. Files and folders
/// whose name begins with '.' or '_' are skipped, as Spark does (unless a '_' name has a '='), and
/// files that are being copied (`._COPYING_`).
class FilePattern {
 public:
  FilePattern(std::string path, bool recursive);

  /// Finds out what the path is. kUser when it is not there.
  Status resolve(io::FileSystem& files);

  /// Files are looked for in folders below the root, too.
  bool is_deep() const { return !is_file_ && (recursive_ || glob_.find('/') != std::string::npos); }
  /// The folder that names are relative to.
  const std::string& root() const { return root_; }
  std::string path_of(const SourceFile& file) const { return io::join_path(root_, file.name); }

  /// Which files are wanted: by their names, which costs no look at them, and then as they are.
  struct Wanted {
    std::function<bool(const std::string& name)> by_name;
    std::function<bool(const SourceFile& file)> by_file;
  };

  /// All files that match now, and that are wanted, in reading order. kUser when a name is not
  /// UTF-8 (it could not be kept in an offset). resolve() comes first.
  Result<std::vector<SourceFile>> list(io::FileSystem& files, FileOrder order) const;
  Result<std::vector<SourceFile>> list(io::FileSystem& files, FileOrder order,
                                       const Wanted& wanted) const;

 private:
  Status split(io::FileSystem& files);
  bool matches(const std::string& name) const;

  std::string path_;
  std::string root_;
  std::string glob_;  // below the root; empty: every file
  bool recursive_;
  bool is_file_ = false;
};

}  // namespace sluice::connectors
