#pragma once

#include <string>

#include "sluice/base/result.h"
#include "sql/tree/ast.h"

namespace sluice::sql {

/// Puts what DuckDB understands in the place of aggregates that it lacks: Spark's names
/// (collect_list, percentile_approx, first_value ...), count over several columns, and the
/// aggregates that are macros of DuckDB's and so take no FILTER (geomean, weighted_avg ...).
/// FILTER, DISTINCT and ORDER BY go to the aggregates that are there then. A column without a
/// name keeps the one that it had. Returns whether the tree has changed.
Result<bool> replace_aggregates(Session& session, Json& query);

}  // namespace sluice::sql
