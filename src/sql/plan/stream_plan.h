#pragma once

#include "sluice/base/result.h"
#include "sql/plan/view_order.h"

namespace sluice::sql {

/// Plans a view that reads streams, and tables perhaps: by what it does with them (StreamUse) as an
/// aggregate, a join, a deduplicated or a stateless view. What one SELECT cannot do becomes views
/// of their own, which the draft gets and the node reads from then on. `plan` has its name, inputs
/// and schema already. kUser errors say what has no incremental form.
Status plan_on_streams(PlanDraft& draft, ViewNode& node, ViewPlan& plan);

}  // namespace sluice::sql
