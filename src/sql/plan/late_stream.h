#pragma once

#include "sluice/base/result.h"
#include "sql/plan/view_order.h"

namespace sluice::sql {

/// Adds the stream that a view's `late: {to: NAME}` asks for: the rows that come too late for the
/// view, planned as `result`, as a stateless view of what it reads. Where joins of streams are
/// parts of the view, they are those of the joins, which wait for all others. kUser when no row can
/// be too late.
Status plan_late_rows(PlanDraft& draft, const ViewOrder& order, const ViewNode& node,
                      const ViewPlan& result);

}  // namespace sluice::sql
