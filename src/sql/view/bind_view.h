#pragma once

#include "sluice/base/result.h"
#include "sql/tree/view_sql.h"

namespace sluice::sql {

/// Lets DuckDB bind a view's SQL as it is: its columns, or a kUser error with its place.
Result<data::Schema> bind_view(Session& session, const ViewSql& view);

/// The second lock on the door: looks into DuckDB's plan of a view that was found to work row by
/// row and refuses it when rows of a stream are aggregated, sorted, cut off or windowed there after
/// all.
Status check_row_by_row(Session& session, const ViewSql& view);

}  // namespace sluice::sql
