#pragma once

#include "sql/view/event_time.h"
#include "sql/view/view_plan.h"

namespace sluice::sql {

/// What the modes of an aggregate depend on.
struct AggregateTraits {
  bool complete_only = false;  ///< FinalSelect::complete_only
  bool closes = false;         ///< a key is event time
  bool sessions = false;       ///< a key is a session window
};

/// Fills in `plan.refused_modes` for those that an aggregate over `events` does not have.
Status note_refusals(Session& session, const EventScope& events, const AggregateTraits& traits,
                     ViewPlan& plan);

}  // namespace sluice::sql
