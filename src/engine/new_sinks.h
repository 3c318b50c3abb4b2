#pragma once

#include "engine/pipeline.h"
#include "sluice/base/result.h"
#include "state/checkpoint.h"

namespace sluice::engine {

/// Says of each sink that is new to an existing checkpoint that it begins with the next batch, and
/// how it gets what came before; then notes the sinks that there are. For a checkpoint of a program
/// that noted none it says nothing.
Status note_sinks(const Pipeline& pipeline, const state::Position& position,
                  state::Checkpoint& checkpoint);

}  // namespace sluice::engine
