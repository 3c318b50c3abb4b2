#pragma once

#include <vector>

#include "sluice/base/result.h"
#include "sql/tree/view_sql.h"
#include "sql/view/event_time.h"
#include "sql/view/kept_rows.h"
#include "sql/view/view_plan.h"

namespace sluice::sql {

/// What the planner knows of a view that lets the first row of each key through.
struct DistinctView {
  const ViewSql& sql;
  const data::Schema& bound;       ///< the columns that its SQL gives
  const EventTimesByName& events;  ///< what carries a watermark in the relations that it reads
};

/// Makes the SQL of a view that is of the kind StreamUse::kDistinct, or that the pipeline file
/// deduplicates: fills in all of `plan` but name, kind and inputs.
///
/// The keys are the columns of `deduplicate.by`, the expressions of DISTINCT ON, or all columns.
/// The first row of a key, in order of arrival, comes out; the state keeps the key: until the
/// watermark passes it when an event time is among the keys, for `within` after the row's event
/// time, or for ever (then with a warning). As in Spark, rows at or before the watermark are too
/// late whenever the result has an event time.
///
/// `kept` gets what the state has (null: nobody asks).
Status plan_distinct(Session& session, const DistinctView& view, ViewPlan& plan,
                     std::vector<KeptRows>* kept);

}  // namespace sluice::sql
