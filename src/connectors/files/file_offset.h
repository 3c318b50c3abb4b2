#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "connectors/files/file_pattern.h"
#include "data/offset.h"

namespace sluice::connectors {

/// A file that is read in part: everything before `position`.
struct OpenFile {
  SourceFile file;
  std::uint64_t position = 0;  ///< bytes
  std::int64_t line = 1;       ///< number of the line that starts there
  bool operator==(const OpenFile&) const = default;
};

/// How far a stream of files is read. As JSON:
///   {"files": 3, "seen": [["a.csv", 120, 1700000000000000], ...], "open": {"file": "d.csv",
///    "bytes": 900, "modified": 1700000003000000, "position": 400, "line": 21}}
/// Size and time are those at reading, so that a changed file is noticed. At most kSeenMax files
/// are named; older ones fold into `before`: a file at or before that place counts as read.
struct FileOffset {
  static constexpr std::size_t kSeenMax = 1000;

  std::int64_t files = 0;            ///< read to their end
  std::vector<SourceFile> seen;      ///< of them the newest, in the order of reading
  std::optional<SourceFile> before;  ///< bytes mean nothing
  std::optional<OpenFile> open;

  /// Those of `listed` (in reading order) that were not read to their end, told by their names.
  std::vector<SourceFile> unread(const std::vector<SourceFile>& listed, FileOrder order) const;

  /// How many of `listed` count as read by their place, before the named ones, and were not: more
  /// stand there than were read. Too few when others were removed meanwhile.
  std::int64_t passed_over(const std::vector<SourceFile>& listed, FileOrder order) const;

  /// Notes that `file` was read to its end.
  void finish(const SourceFile& file);
  /// Folds the older half when there are more than kSeenMax, but nothing that `unread`, the first
  /// file still to be read (null: none), comes before.
  void fold(const SourceFile* unread, FileOrder order);

  data::Offset to_offset() const;
  /// kCorruption when it is no offset of this source.
  static Result<FileOffset> parse(const data::Offset& offset);
};

}  // namespace sluice::connectors
