#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lake/table.h"
#include "sluice/base/result.h"

namespace sluice::lake {

/// One commit, as its log entry describes it.
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

/// Files, as located_path gives them, that versions since that
/// moment need beside those of the newest one: data files and deletion vectors that were removed at
/// or after it, and change data that was written. kUser when the log does not reach back so far.
Result<std::set<std::string>> needed_since(Table& table, std::int64_t timestamp_ms);

}  // namespace sluice::lake
