#pragma once

#include "base/result.h"
#include "sql/ast.h"

namespace sluice::sql {

/// Puts DuckDB's words in the place of calls of Spark's that no macro can stand for: posexplode and
/// posexplode_outer (two columns), named_struct, struct and format_string. Whether there were any.
Result<bool> replace_spark_calls(Session& session, Json& query);

}  // namespace sluice::sql
