#pragma once

#include "sql/plan/plan.h"
#include "sql/view/kept_rows.h"

namespace sluice::sql {

/// As make_plan() of two, which also says what each view keeps (null: nobody asks). What it says is
/// made while the view is planned, of what its SQL is made of.
Result<Plan> make_plan(Session& session, const PlanRequest& request, KeptByView* kept);

}  // namespace sluice::sql
