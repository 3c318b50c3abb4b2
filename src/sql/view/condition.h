#pragma once

#include <string>

#include "data/type.h"
#include "sluice/base/result.h"
#include "sql/duckdb/database.h"

namespace sluice::sql {

/// kUser unless `condition` is SQL that is true or false for each row with the columns of `schema`,
/// by itself: no subquery, no aggregate. Defines Spark's functions that it calls. The message
/// continues a sentence: "is not a condition: ...".
Status check_condition(Session& session, const data::Schema& schema, const std::string& condition);

}  // namespace sluice::sql
