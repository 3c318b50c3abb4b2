#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/base/result.h"

namespace sluice::lake {

/// An add, remove or cdc action.
struct FileAction {
  std::string path;                                     ///< percent-encoded, as in the log
  std::map<std::string, std::string> partition_values;  ///< without those that are NULL
  std::int64_t bytes = 0;
  std::int64_t modified_ms = 0;
  /// In the file, deleted ones too; null: the log does not say.
  std::optional<std::int64_t> rows;
  bool data_change = true;        ///< false: the same rows lie in other files
  std::string deletion_vector{};  ///< its descriptor, JSON; "": none
};

/// A version's log entry, as much of it as a reader of changes needs.
struct CommitEntry {
  std::vector<FileAction> adds;
  std::vector<FileAction> removes;
  std::vector<FileAction> changes;  ///< cdc: files of change data
  bool has_metadata = false;        ///< schema or properties are new with this commit
  bool has_protocol = false;
  std::string operation;                     ///< "" when the entry does not say
  std::optional<std::int64_t> timestamp_ms;  ///< inCommitTimestamp, if the entry has one
};

/// kCorruption when a line is not an action.
Result<CommitEntry> parse_commit_entry(std::string_view entry);

}  // namespace sluice::lake
