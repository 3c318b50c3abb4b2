#pragma once

#include "sluice/base/result.h"
#include "sluice/program_function.h"
#include "sql/duckdb/database.h"
#include "sql/udf/user_function.h"

namespace sluice::sql {

/// Makes code that speaks Arrow's C data interface known to the session's database as the function
/// that is declared. What it says or throws is an error of SQL: E_FUNCTION_FAILED.
/// REQUIRES: all its types are declared.
Status register_arrow_function(Session& session, const UserFunction& declared, ArrowFunction code);

}  // namespace sluice::sql
