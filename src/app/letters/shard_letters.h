#pragma once

#include "config/pipeline_file.h"
#include "sluice/base/result.h"

namespace sluice::app {

/// Refuses to look for dead letters of a run of all where there are only shards, which have their
/// own; names those that there are. kUser E_SHARD_NEEDED.
Status check_shard_is_named(const config::PipelineFile& file);

}  // namespace sluice::app
