#pragma once

#include <string>
#include <vector>

#include "engine/pipeline.h"
#include "sluice/base/result.h"
#include "sql/plan/plan.h"

namespace sluice::engine {

/// What a run that is one of several shards asks of its pipeline (docs/decisions/0032-shards.md);
/// nothing of one that is all.

/// Refuses sinks that several shards cannot write, by what they get. kUser, with the place.
Status check_shard_sinks(const Pipeline& pipeline, const sql::Plan& plan);

/// What is of this shard's rows alone, for `sluice check` and the log.
std::vector<std::string> shard_warnings(const Pipeline& pipeline, const sql::Plan& plan);

/// Refuses to start beside checkpoints that other numbers of shards, or a run of all, have left in
/// the same place: their rows would be read again. Asked before a checkpoint is made. kUser
/// E_SHARD_CHANGED.
Status check_shards_before(const Pipeline& pipeline);

}  // namespace sluice::engine
