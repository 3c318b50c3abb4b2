#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "lake/table.h"

namespace sluice::lake {

/// One commit, as its log entry tells of it.
struct HistoryEntry {
  std::int64_t version = 0;
  std::int64_t timestamp_ms = 0;  ///< in-commit where the table has it; 0: the entry does not say
  std::string operation;
  std::vector<std::pair<std::string, std::string>> parameters;
  std::vector<std::pair<std::string, std::string>> metrics;
  std::string engine;
  std::string user_metadata;
};

/// The newest `limit` commits whose log entries are there, newest first.
Result<std::vector<HistoryEntry>> history(Table& table, std::size_t limit);

/// The newest version that was there at that moment. kUser when the log does not reach back so far.
Result<std::int64_t> version_at(Table& table, std::int64_t timestamp_ms);

/// The newest version behind `version` whose commit changed the table's metadata (columns,
/// properties) or protocol; null: none. kUser when the log does not reach back so far.
Result<std::optional<std::int64_t>> metadata_changed_since(Table& table, std::int64_t version);

/// The add action of a file that was in the table before, for Commit::adds.
std::string add_again(const DataFile& file, const std::vector<std::string>& partition_by);

/// Paths (as in the log) of the files that were removed at or after that moment. kUser when the log
/// does not reach back so far.
Result<std::set<std::string>> removed_since(Table& table, std::int64_t timestamp_ms);

}  // namespace sluice::lake
