#pragma once

#include <map>
#include <string>

#include "sluice/base/result.h"
#include "sql/duckdb/database.h"
#include "sql/tree/ast.h"

namespace sluice::sql {

/// Makes the names that are the keys of `tables` stand for the rows of their values, everywhere
/// inside the query.
Status read_other_rows(Session& session, Json& query,
                       const std::map<std::string, std::string>& tables);

}  // namespace sluice::sql
