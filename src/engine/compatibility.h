#pragma once

#include <string>

#include "data/offset.h"
#include "engine/pipeline.h"
#include "sluice/base/result.h"
#include "sql/plan/plan.h"
#include "state/checkpoint.h"

namespace sluice::engine {

/// What a checkpoint keeps of a view with state.
struct KeptState {
  enum class Fate : unsigned char {
    kNone,   ///< nothing: the view is new
    kSame,   ///< the view's
    kOther,  ///< other SQL made it
    kLeft,   ///< the view's, but batches have passed without it
  };
  Fate fate = Fate::kNone;
  std::string note;        ///< of the view's SQL then (sql/view/kept_state.h)
  data::BatchId left = 0;  ///< kLeft: the first batch without the view
};

/// `session` parses SQL. REQUIRES: view.has_state().
Result<KeptState> kept_state(const sql::ViewPlan& view, const state::Position& position,
                             sql::Session& session);

/// Why a run stops: kUser E_STATE_CHANGED. REQUIRES: `kept` is kOther or kLeft.
Error state_error(const sql::ViewPlan& view, const KeptState& kept,
                  const state::Position& position);

/// Whether `pipeline` may go on from what its checkpoint keeps: state belongs to the SQL and the
/// time zone that made it (kUser E_STATE_CHANGED), a position to its source (kUser
/// E_SOURCE_ORPHAN). `plan` is the pipeline's, `position` the checkpoint's. Changes nothing.
Status check_compatible(const Pipeline& pipeline, const sql::Plan& plan,
                        const state::Position& position, state::Checkpoint& checkpoint);

/// Notes what SQL and which time zone the state is of from now on, and which views have left the
/// pipeline, so that their states lack the batches to come. REQUIRES: check_compatible() found no
/// fault.
Status note_state(const Pipeline& pipeline, const sql::Plan& plan, const state::Position& position,
                  state::Checkpoint& checkpoint);

}  // namespace sluice::engine
