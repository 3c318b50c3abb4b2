#pragma once

#include <vector>

#include "sluice/base/result.h"
#include "sql/tree/view_sql.h"
#include "sql/view/event_time.h"
#include "sql/view/kept_rows.h"
#include "sql/view/view_plan.h"

namespace sluice::sql {

/// Makes the SQL of a view that joins two streams (StreamUse::kJoin): fills in all of `plan` but
/// name, kind and inputs; `plan.schema` holds the columns that its SQL gives. Returns what of the
/// result carries a watermark. kUser errors where an outer join would have to wait for ever.
///
/// Each side keeps its rows in `state."<view>__left"` and `state."<view>__right"` until no row can
/// be their partner any more (join_bounds.h). A batch's result is what the view's own SELECT gives
/// for the new rows of the left side with all of the right side, and for the kept rows of the left
/// side with the new ones of the right side: each pair once. Where rows come without a partner too,
/// rows know by a number (__left_id) whether they had one, and come when they leave. A semi join
/// keeps left rows until their first partner, an anti join gives those that leave without one.
///
/// `kept` gets what the state has (null: nobody asks).
Result<EventTimes> plan_join(Session& session, const ViewSql& view,
                             const EventTimesByName& relations, ViewPlan& plan,
                             std::vector<KeptRows>* kept);

}  // namespace sluice::sql
