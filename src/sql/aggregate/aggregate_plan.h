#pragma once

#include <string>
#include <vector>

#include "sluice/base/result.h"
#include "sql/tree/view_sql.h"
#include "sql/view/event_time.h"
#include "sql/view/kept_rows.h"
#include "sql/view/view_plan.h"

namespace sluice::sql {

/// What the planner knows of a view with state beyond its SQL.
struct StatefulView {
  const ViewSql& sql;
  const data::Schema& bound;  ///< the columns that its SQL gives
  const EventScope& events;   ///< what carries a watermark in its FROM
  /// Some reader needs the whole result, so nothing of the state may be given up.
  bool kept_whole = false;
  /// By which columns each reader that must know of rows that leave finds rows again
  /// (ViewPlan::before); an empty list: by unknown ones.
  const std::vector<std::vector<std::string>>& deleting_keys;
};

/// Makes the SQL of an aggregate view: fills in all of `plan` but name, kind and inputs. It is of
/// the kind StreamUse::kAggregate.
///
/// A key that is event time makes groups final: rows for a group that was final before the batch
/// are too late and counted, groups that the watermark has passed are what append mode gives, and
/// then leave the state.
///
/// The SELECT is taken apart into a partial one (FROM, WHERE, GROUP BY and what the aggregates need
/// of the rows), a MERGE into the state table, and a final one over that table (select list,
/// HAVING, and in complete mode also window functions, QUALIFY, ORDER BY, LIMIT).
///
/// `kept` gets what the state has (null: nobody asks).
Status plan_aggregate(Session& session, const StatefulView& view, ViewPlan& plan,
                      std::vector<KeptRows>* kept);

}  // namespace sluice::sql
