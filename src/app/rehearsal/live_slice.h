#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "app/composition/runnable.h"
#include "app/rehearsal/came_rows.h"
#include "app/rehearsal/test_run.h"
#include "base/config_value.h"
#include "config/pipeline_file.h"
#include "sluice/base/result.h"

namespace sluice::app {

/// Of a table, beside which no test could be read.
inline constexpr std::size_t kTableRowsMax = 10'000;

/// A record as its source gave it.
struct TakenRecord {
  std::optional<std::string> payload;  ///< null: it has no value, or own columns only
  ConfigValue own;                     ///< a map of the source's own columns that SQL sees, or all
};

/// Records, or, of a source whose records are no bytes (Parquet, Delta, Cassandra), rows.
struct TakenRows {
  std::vector<TakenRecord> records;
  CameRows rows;
  bool is_cut = false;  ///< there were more
};

/// One batch of the live run.
struct TakenStep {
  Micros started = 0;
  std::map<std::string, TakenRows> sources;  ///< those that gave something
  CameStep came;                             ///< empty where `LiveSlice::has_sinks` is false
  bool has_records() const { return !sources.empty(); }
};

struct LiveRequest {
  int batches_max = 3;
  std::int64_t records_max = 20;  ///< of a source in a batch
  std::chrono::microseconds timeout{10'000'000};
};

/// What a pipeline's sources gave in a run that left nothing behind.
struct LiveSlice {
  std::vector<TakenStep> steps;
  std::map<std::string, TakenRows> tables;
  std::map<std::string, bool> has_more;  ///< by source: more was there than was taken
  bool has_sinks = false;                ///< what the sinks would have got is known
  bool has_timed_out = false;
  std::unique_ptr<Runnable> parts;  ///< of the run, which is over: what rows are written by
};

/// Whether the source's rows are not bytes that a format takes apart, so that a file of tests must
/// name its columns.
bool needs_columns(const config::SourceEntry& entry, const engine::SourcePart& part,
                   const connector::Registry& registry);

/// Runs the file's pipeline on its own sources until there is enough, nothing more comes, or the
/// time is up; nothing is committed, published or released anywhere. Errors: kUser, kTransient (a
/// source does not answer), kCancelled (`stop`).
Result<LiveSlice> take_slice(const config::PipelineFile& file, const LiveRequest& request,
                             std::stop_token stop);

}  // namespace sluice::app
