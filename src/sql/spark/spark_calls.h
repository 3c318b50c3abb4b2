#pragma once

#include "sluice/base/result.h"
#include "sql/tree/ast.h"
#include "sql/tree/view_sql.h"

namespace sluice::sql {

/// Puts other calls in the place of those of Spark's that no macro of the same name can stand for:
/// posexplode and posexplode_outer (two columns), named_struct, struct, format_string, those of
/// JSON (json_calls.h), casts to TIMESTAMPTZ where the session's clock changes (of an hour that
/// comes twice the first is meant), and all that DuckDB has a function of that name for, which get
/// the private names of spark_functions.h: SQL of our own and DuckDB's means DuckDB's. Whether
/// there were any.
Result<bool> replace_spark_calls(Session& session, const ViewSql& view, Json& query);

}  // namespace sluice::sql
