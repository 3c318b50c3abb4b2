#include "connectors/delta/commit_times.h"

#include <algorithm>

namespace sluice::connectors {
namespace {

/// How many versions before one count for its time: Spark's POTENTIALLY_UNMONOTONIZED_TIMESTAMPS.
constexpr std::int64_t kVersionsBefore = 100;

}  // namespace

Result<std::optional<std::int64_t>> CommitTimes::written(std::int64_t version) {
  if (const auto known = written_.find(version); known != written_.end()) return known->second;
  SLUICE_ASSIGN(const auto time, table_.log_entry_time(version));
  written_[version] = time;
  return time;
}

Result<std::optional<std::int64_t>> CommitTimes::of(std::int64_t version) {
  SLUICE_ASSIGN(std::optional<std::int64_t> time, written(version));
  if (!time) return time;
  const std::int64_t first = std::max<std::int64_t>(version - kVersionsBefore, 0);
  written_.erase(written_.begin(), written_.lower_bound(first));
  for (std::int64_t before = first; before < version; ++before) {
    SLUICE_ASSIGN(const std::optional<std::int64_t> then, written(before));
    if (then) *time = std::max(*time, *then + (version - before));
  }
  return time;
}

}  // namespace sluice::connectors
