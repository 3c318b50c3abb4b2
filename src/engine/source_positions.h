#pragma once

#include "engine/pipeline.h"
#include "engine/retries.h"
#include "sluice/base/result.h"
#include "state/checkpoint.h"

namespace sluice::engine {

/// Whether each position of the checkpoint has its source in the pipeline, under its name or as one
/// that says `renamed_from`. kUser E_SOURCE_ORPHAN when not: read under another name it would be
/// read again from its start. Changes nothing.
Status check_positions(const Pipeline& pipeline, const state::Position& position);

/// Lets each source that says `renamed_from` take over what the checkpoint has under its old name.
/// REQUIRES: check_positions() found no fault.
Status settle_sources(const Pipeline& pipeline, state::Position& position,
                      state::Checkpoint& checkpoint);

/// Gives each source that the checkpoint knows the place where it goes on, and keeps what is new in
/// it. The sources are open. kUser when one reads something else now than what it has read.
Status resume_sources(Pipeline& pipeline, state::Position& position, state::Checkpoint& checkpoint,
                      const Retries& retries);

}  // namespace sluice::engine
