#pragma once

#include "sluice/base/result.h"
#include "sql/plan/view_order.h"

namespace sluice::sql {

/// Fills in ViewPlan::before of a stateless view whose readers want to know of rows that leave it:
/// rows leave it when rows of what it reads do. Of any view that has it, defines the name that its
/// readers use (define_before).
Status add_rows_before(PlanDraft& draft, const ViewNode& node, ViewPlan& plan);

/// Makes before_name() of the view a relation with its columns; the engine puts the rows there.
Status define_before(PlanDraft& draft, const ViewPlan& plan);

}  // namespace sluice::sql
