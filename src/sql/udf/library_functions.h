#pragma once

#include <vector>

#include "sluice/base/result.h"
#include "sql/duckdb/database.h"
#include "sql/udf/user_function.h"

namespace sluice::sql {

/// Makes functions of shared libraries (include/sluice/function.h) known to the session's database.
/// The libraries stay loaded as long as the process lives. kUser: a library cannot be loaded, or
/// has no such function.
Status register_library_functions(Session& session, const std::vector<UserFunction>& functions);

}  // namespace sluice::sql
