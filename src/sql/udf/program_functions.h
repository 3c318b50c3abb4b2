#pragma once

#include <string>
#include <vector>

#include "sluice/base/result.h"
#include "sql/duckdb/database.h"
#include "sql/udf/user_function.h"

namespace sluice::sql {

// Functions that the program has added (include/sluice/program_function.h), for as long as its
// process lives. Any thread may call.

/// What they are called, in small letters.
std::vector<UserFunction> program_functions();

/// Makes them known to the session's database.
Status register_program_functions(Session& session);

}  // namespace sluice::sql
