#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "lake/table.h"
#include "sluice/base/result.h"

namespace sluice::connectors {

/// When the versions of a table were written, as Delta defines it: the times of their log entries'
/// files, each at least a millisecond after the one before (Spark's DeltaHistoryManager makes them
/// so), so that versions can be distinguished and ordered by them.
class CommitTimes {
 public:
  explicit CommitTimes(lake::Table& table) : table_(table) {}

  /// In milliseconds since 1970; null when the log entry is not there.
  Result<std::optional<std::int64_t>> of(std::int64_t version);

 private:
  Result<std::optional<std::int64_t>> written(std::int64_t version);

  lake::Table& table_;
  std::map<std::int64_t, std::optional<std::int64_t>> written_;  // of the versions asked for lately
};

}  // namespace sluice::connectors
