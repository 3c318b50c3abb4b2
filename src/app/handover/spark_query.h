#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/handover/spark_log.h"
#include "base/clock.h"
#include "io/file_system.h"
#include "sluice/base/result.h"

namespace sluice::app {

/// Spark's unit of time.
inline constexpr Micros kMilli = 1000;

/// The checkpoint of one streaming query of Spark's, as it is now.
struct SparkQuery {
  std::string folder;
  std::string id;
  std::int64_t planned = -1;           ///< the newest batch; -1: none yet
  std::int64_t done = -1;              ///< the newest one that is committed
  std::string fence;                   ///< the text by which Spark cannot go on; "": it can
  SparkBatch batch;                    ///< the newest
  SparkBatch before;                   ///< the one before it; without places: not there
  std::int64_t next_watermark_ms = 0;  ///< of `done`

  bool is_fenced() const { return !fence.empty(); }
  bool is_in_flight() const { return planned > done; }
};

/// Whether a query's checkpoint, or a part of one, is in `folder`.
Result<bool> is_spark_query(const std::string& folder, io::FileSystem& files);

/// kUser E_SPARK_CHECKPOINT when it is not the checkpoint of a query.
Result<SparkQuery> read_spark_query(const std::string& folder, io::FileSystem& files);

/// What source `number` of the query has seen, if it is one of files: its log, put together.
Result<std::vector<SparkFile>> read_seen_files(const std::string& folder, std::size_t number,
                                               io::FileSystem& files);

/// Takes the place of the query's next batch, so that Spark neither plans it, were it running, nor
/// starts again. kConflict E_SPARK_RUNNING when Spark was faster.
Status fence_query(const SparkQuery& query, const std::string& text, io::FileSystem& files);
/// Gives the query back.
Status remove_fence(const SparkQuery& query, io::FileSystem& files);

/// kUser E_HANDOVER_STATE unless no state store of the query ever had a row.
Status check_no_state(const SparkQuery& query, io::FileSystem& files);

/// A query's checkpoint for Spark to begin with: `done` is its last batch.
struct NewSparkQuery {
  std::string id;
  std::int64_t done = 0;
  SparkBatch batch;
  std::int64_t next_watermark_ms = 0;
  std::vector<std::vector<SparkFile>> seen;  ///< by source; empty: not one of files, or none seen
  int state_partitions = 0;                  ///< of one operator's empty state; 0: it has none
};

/// Writes it into the folder, which is empty or not there, durably.
Status write_spark_query(const std::string& folder, const NewSparkQuery& query, std::int64_t now_ms,
                         io::FileSystem& files);

}  // namespace sluice::app
