#pragma once

#include "sluice/base/result.h"
#include "sql/plan/view_order.h"

namespace sluice::sql {

/// Plans a view that takes the results of aggregates, or tables, whole: any SQL, computed again in
/// every batch. Where update mode is asked for, the state keeps the last result. kUser where it
/// reads a stream as well.
Status plan_over_result(PlanDraft& draft, const ViewNode& node, ViewPlan& plan);

/// Plans a view that reads results row by row: in place of the whole results it gets their final
/// rows (append) or their changed ones (update), which are streams. kUser where a result has no
/// such mode.
Status read_results_as_streams(PlanDraft& draft, ViewNode& node, connector::OutputMode mode,
                               ViewPlan& plan);

}  // namespace sluice::sql
