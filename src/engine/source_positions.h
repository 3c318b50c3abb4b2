#pragma once

#include "base/result.h"
#include "engine/pipeline.h"
#include "engine/retries.h"
#include "state/checkpoint.h"

namespace sluice::engine {

/// Gives each position of the checkpoint its source: one that says `renamed_from` takes over what
/// the checkpoint has under its old name. kUser E_SOURCE_ORPHAN when a position is left whose
/// source is not in the pipeline: read under another name it would be read again from its start.
Status settle_sources(const Pipeline& pipeline, state::Position& position,
                      state::Checkpoint& checkpoint);

/// Gives each source that the checkpoint knows the place where it goes on, and keeps what is new in
/// it. The sources are open. kUser when one reads something else now than what it has read.
Status resume_sources(Pipeline& pipeline, state::Position& position, state::Checkpoint& checkpoint,
                      const Retries& retries);

}  // namespace sluice::engine
