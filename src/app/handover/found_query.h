#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/handover/handover_job.h"
#include "app/handover/source_place.h"
#include "app/handover/spark_query.h"
#include "app/handover/table_head.h"
#include "sluice/base/result.h"

namespace sluice::app {

/// A query of Spark's that a pipeline takes over.
struct FoundQuery {
  const PlacedQuery* placed = nullptr;
  SparkQuery query;
  std::unique_ptr<TableHead> table;  ///< of a Delta sink whose table is there

  // Of the last batch whose rows count; set by settle().
  std::int64_t done = -1;
  std::int64_t watermark_ms = 0;
  std::int64_t next_watermark_ms = 0;
  std::vector<std::string> places;
};

/// Reads the queries of the job, and the tables that they write. Those of dead letters may be
/// missing. kUser E_SPARK_CHECKPOINT, E_HANDOVER_NOTHING, E_HANDOVER_SOURCE, E_HANDOVER_STATE.
Result<std::vector<FoundQuery>> find_queries(const HandoverJob& job);

/// Reads the fenced query once more, and decides what became of a batch that was planned. kUser
/// E_HANDOVER_UNDECIDED.
Status settle(FoundQuery& found, const HandoverJob& job, const std::string& plan_hash);

/// Where each source is, if all its queries are at the same place. kUser E_HANDOVER_APART. `known`:
/// by source, what our checkpoint has.
Result<std::map<std::string, NativePlace>> common_places(
    const HandoverJob& job, const std::vector<FoundQuery>& found,
    const std::map<std::string, NativePlace>& known);

}  // namespace sluice::app
