#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "connector/registry.h"
#include "connector/source.h"
#include "connectors/files/file_offset.h"
#include "connectors/files/file_pattern.h"
#include "connectors/files/folder_options.h"

namespace sluice::connectors {

/// The files of a path as a stream: which there are, which an offset has read, which a range of
/// offsets takes. Knows nothing of what is in them.
class FolderStream {
 public:
  static constexpr std::uint64_t kToTheEnd = std::numeric_limits<std::uint64_t>::max();

  /// A file and the part of it that a range takes.
  struct Piece {
    OpenFile start;
    std::uint64_t end = 0;
  };

  FolderStream(FolderOptions options, const connector::Context& context);

  const FolderOptions& options() const { return options_; }
  std::string path_of(const SourceFile& file) const { return pattern_.path_of(file); }

  /// Finds out what the path is. Before all others. kUser when it is not there.
  Status resolve() { return pattern_.resolve(files_); }
  /// From now on the files of this moment are all.
  Status freeze();
  /// In reading order.
  Result<std::vector<SourceFile>> list() const;
  /// Files to read next, the open one (as it is now) first. Warns, once, of files that changed or
  /// came too late.
  Result<std::vector<OpenFile>> waiting(const FileOffset& from);
  /// What lies between two offsets. kCorruption when the offsets do not say.
  static Result<std::vector<Piece>> pieces(const FileOffset& from, const FileOffset& to);
  /// kCorruption unless the file is as it was when it was listed.
  Status check_unchanged(const SourceFile& file) const;

 private:
  Status check_open(const SourceFile& planned) const;
  void warn_of_changes(const FileOffset& from, const std::vector<SourceFile>& files);
  void warn_of_latecomers(const FileOffset& from, const std::vector<SourceFile>& files);

  const FolderOptions options_;
  io::FileSystem& files_;
  const Clock& clock_;
  FilePattern pattern_;
  std::optional<std::vector<SourceFile>> frozen_;
  std::set<std::string> warned_;  // files whose change was logged
  std::int64_t latecomers_ = 0;   // warned of
};

}  // namespace sluice::connectors
