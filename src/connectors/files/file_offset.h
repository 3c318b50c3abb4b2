#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/files/file_pattern.h"
#include "data/offset.h"
#include "sluice/base/result.h"

namespace sluice::connectors {

/// A file that is read in part: everything before `position`.
struct OpenFile {
  SourceFile file;
  std::uint64_t position = 0;  ///< bytes
  std::int64_t line = 1;       ///< number of the line that starts there
  bool operator==(const OpenFile&) const = default;
};

/// A folder that was moved with all its files, which are still known by their old places.
struct MovedFolder {
  std::string to;
  std::string from;
  bool operator==(const MovedFolder&) const = default;
};

/// How far a stream of files is read. As JSON:
///   {"root": "/data/in", "files": 3, "logged": 0, "newest": [["a.csv", 120, 1700000000000000],
///    ...], "open": {"file": "d.csv", "bytes": 900, "modified": 1700000003000000, "position": 400,
///    "line": 21}}
/// Size and time are those at reading, so that a changed file is noticed. At most kSeenMax files
/// are named; older ones are in the source's log (ReadLog), of which the first `logged` belong to
/// the offset.
struct FileOffset {
  static constexpr std::size_t kSeenMax = 1000;

  std::string root;                ///< whole path of the folder that names are relative to
  std::vector<MovedFolder> moved;  ///< at most one of a root
  std::int64_t files = 0;          ///< read to their end
  std::int64_t logged = 0;         ///< of them those that only the log knows
  std::vector<SourceFile> seen;    ///< the others, the newest, in the order of reading
  std::optional<OpenFile> open;
  /// Only where `root` is "", in offsets of the layout before this one, which had no log: a file at
  /// or before this place counts as read. Bytes mean nothing.
  std::optional<SourceFile> before;

  /// What a file is known by, wherever its folder has gone: its whole path, or its first one.
  std::string known_as(std::string_view name) const;

  /// Notes that `file` was read to its end.
  void finish(const SourceFile& file);
  /// Takes all but the newest `kept` files out, to be put into the log in this order.
  std::vector<SourceFile> fold(std::size_t kept);

  data::Offset to_offset() const;
  /// kCorruption when it is not an offset of this source.
  static Result<FileOffset> parse(const data::Offset& offset);
};

/// The part of `path` below `folder`; null when it lies elsewhere.
std::optional<std::string> below(std::string_view folder, std::string_view path);

}  // namespace sluice::connectors
