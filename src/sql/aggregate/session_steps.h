#pragma once

#include <cstddef>
#include <vector>

#include "sql/aggregate/aggregate_state.h"
#include "sql/view/view_plan.h"

namespace sluice::sql {

/// The steps that fold a batch's partial result into the state of an aggregate over session
/// windows; key number `session` of `table` is the session, a STRUCT("start", "end"). The partial
/// result holds one session per time and gap; sessions of the same other keys that overlap or touch
/// become one, and the aggregates of all of them are merged.
std::vector<Step> session_steps(const StateTable& table, std::size_t session);

}  // namespace sluice::sql
