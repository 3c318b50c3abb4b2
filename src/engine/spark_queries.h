#pragma once

#include "engine/pipeline.h"
#include "sluice/base/result.h"
#include "state/checkpoint.h"

namespace sluice::engine {

/// Refuses to start where Spark has begun the same pipeline (`CHECKPOINT/spark/SINK`) and was not
/// asked to hand over: both would read the same records. Null: there is no checkpoint of ours yet,
/// and none is made. kConflict E_NOT_HANDED_OVER.
Status check_no_spark_query(const Pipeline& pipeline, state::Checkpoint* checkpoint);

}  // namespace sluice::engine
