#pragma once

#include "base/result.h"
#include "sql/plan.h"
#include "sql/view_sql.h"

namespace sluice::sql {

/// Makes the SQL of an aggregate view: fills in all of `plan` but name, kind and inputs. The view's
/// own SQL has been bound, giving the columns `bound`; it is of the kind StreamUse::kAggregate.
///
/// The SELECT is taken apart into a partial one (FROM, WHERE, GROUP BY and what the aggregates need
/// of the rows), a MERGE into the state table, and a final one over that table (select list,
/// HAVING, and in complete mode also window functions, QUALIFY, ORDER BY, LIMIT).
Status plan_aggregate(Session& session, const ViewSql& view, const data::Schema& bound,
                      ViewPlan& plan);

}  // namespace sluice::sql
