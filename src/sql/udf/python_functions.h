#pragma once

#include <vector>

#include "sluice/base/result.h"
#include "sql/duckdb/database.h"
#include "sql/udf/user_function.h"

namespace sluice::sql {

/// Makes functions in Python known to the session's database, which calls them in processes of
/// their own (python_workers.h), started by the first call. kUser: a file is not there.
Status register_python_functions(Session& session, std::vector<UserFunction> functions);

}  // namespace sluice::sql
