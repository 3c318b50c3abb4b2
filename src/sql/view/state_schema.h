#pragma once

#include <string>

#include "sluice/base/result.h"
#include "sql/duckdb/database.h"

namespace sluice::sql {

/// What comes before the name of a state table: `"state".state.`. Qualified by the catalog, since
/// a file state.db makes plain `state` ambiguous.
Result<std::string> state_schema(Session& session);

}  // namespace sluice::sql
