#pragma once

#include "sluice/base/result.h"
#include "sql/tree/view_sql.h"
#include "sql/tree/view_text.h"

namespace sluice::sql {

/// Parses a view (ViewSql::parse, with its errors), puts the pipeline file's own functions of SQL
/// in the place of their calls (sql/udf/macros.h), and what DuckDB understands in the place of what
/// only Spark does: window(), aggregates under Spark's names, and calls that need other words
/// (window_calls.h, spark_aggregates.h, spark_calls.h, each with its errors).
Result<ViewSql> parse_view(Session& session, const ViewText& view);

}  // namespace sluice::sql
