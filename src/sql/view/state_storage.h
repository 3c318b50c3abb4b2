#pragma once

#include <string>

#include "sluice/base/result.h"
#include "sql/duckdb/database.h"
#include "sql/view/view_plan.h"

namespace sluice::sql {

/// Puts a view's state tables there that are not there yet. Columns of 128 bits (sums, decimals of
/// more than 18 digits, UUIDs) are stored uncompressed in them: DuckDB takes half a microsecond to
/// pack or unpack one such value, which is twenty times the rest of a batch's work on a large state
/// (bench/README.md). A table that holds rows stays as it is.
Status create_state(Session& session, const ViewPlan& view);

/// An empty table with the columns of `select`, in place of one that is there, stored the same way.
Status create_state_table(Session& session, const std::string& table, const std::string& select);

}  // namespace sluice::sql
