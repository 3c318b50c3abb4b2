#pragma once

#include "base/result.h"
#include "engine/pipeline.h"
#include "state/checkpoint.h"

namespace sluice::engine {

/// Gives each position of the checkpoint its source: one that says `renamed_from` takes over what
/// the checkpoint has under its old name. kUser E_SOURCE_ORPHAN when a position is left whose
/// source is not in the pipeline: read under another name it would be read again from its start.
Status settle_sources(const Pipeline& pipeline, state::Position& position,
                      state::Checkpoint& checkpoint);

}  // namespace sluice::engine
