#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sluice/base/result.h"

namespace sluice {

// What `sluice handover` does: another engine goes on with the tables of a pipeline, where this one
// stopped. Neither runs meanwhile (docs/guide/handover.md).

struct HandoverRequest {
  std::string pipeline_file;
  std::map<std::string, std::string> variables;
  /// The checkpointLocation of Spark's query, or a folder with one for each sink, named as it, and
  /// `dead-letters-SOURCE` for each source; "": `spark` in the pipeline's checkpoint.
  std::string spark_checkpoint;
  /// The txnAppId with which Spark's job writes into the Delta table; "": the one of sluice's own
  /// sink, PIPELINE/SINK.
  std::string app_id;
};

/// A query of Spark's, and where it is.
struct HandedQuery {
  std::string name;
  std::string folder;
  std::int64_t batch = 0;           ///< its last one
  std::vector<std::string> places;  ///< "orders {...}", one a source
};

struct Handover {
  std::string pipeline;
  std::string checkpoint;
  std::int64_t batch = 0;  ///< the next engine's batches are greater
  std::vector<HandedQuery> queries;
  bool was_done = false;  ///< by an earlier call: nothing was changed
};

/// Makes checkpoints with which Spark goes on, and marks the pipeline's, which is not run again
/// (E_HANDED_OVER). Whole or not at all; after a kill the same call finishes it. kConflict: a
/// pipeline runs on the checkpoint. kUser: what cannot be handed over, by name, with what to do.
Result<Handover> hand_over_to_spark(const HandoverRequest& request);

/// Makes a checkpoint with which sluice goes on, or brings that of the pipeline to where Spark is,
/// and fences Spark's, which cannot be started again. As above; kConflict E_SPARK_RUNNING: Spark's
/// job still runs.
Result<Handover> hand_over_from_spark(const HandoverRequest& request);

/// kConflict E_NOT_HANDED_OVER when sluice has run on this checkpoint and has not handed it over:
/// before Spark is started with it.
Status check_spark_may_run(const std::string& checkpoint);

}  // namespace sluice
