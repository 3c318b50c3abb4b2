#pragma once

#include <vector>

#include "sluice/base/result.h"
#include "sql/duckdb/database.h"
#include "sql/udf/user_function.h"

namespace sluice::sql {

/// Makes the functions of a pipeline file known to the session's database, and those of the
/// program: those of SQL to the planner, the others to DuckDB. Once a database, before SQL is
/// planned. kUser, with the place in the file: a name that DuckDB or Spark has, what Macros::make()
/// refuses, a Python file that is not there.
Status define_functions(Session& session, const std::vector<UserFunction>& functions);

}  // namespace sluice::sql
