#pragma once

#include "base/result.h"
#include "engine/pipeline.h"
#include "sql/plan/plan.h"
#include "state/checkpoint.h"

namespace sluice::engine {

/// Whether `pipeline` may go on from what its checkpoint keeps: state belongs to the SQL and the
/// time zone that made it (kUser E_STATE_CHANGED), a position to its source (kUser
/// E_SOURCE_ORPHAN). `plan` is the pipeline's, `position` the checkpoint's. Changes nothing.
Status check_compatible(const Pipeline& pipeline, const sql::Plan& plan,
                        const state::Position& position, state::Checkpoint& checkpoint);

/// Notes what SQL and which time zone the state is of from now on. REQUIRES: check_compatible()
/// found no fault.
Status note_state(const Pipeline& pipeline, const sql::Plan& plan, const state::Position& position,
                  state::Checkpoint& checkpoint);

}  // namespace sluice::engine
