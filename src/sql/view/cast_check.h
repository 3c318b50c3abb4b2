#pragma once

#include <string>
#include <vector>

#include "sluice/base/result.h"
#include "sql/tree/view_sql.h"

namespace sluice::sql {

/// Refuses a view in which DuckDB would make a TIMESTAMPTZ of a TIMESTAMP (or the other way round)
/// by itself, by the session's time zone: in a comparison, a join, UNION, CASE, an argument ... A
/// cast that the SQL writes is no such thing, nor is what a function of Spark's does inside. And
/// one that takes decimals out of JSON by a cast (json_casts.h).
///
/// `inputs`: the relations that the view reads, which are in the session.
Status check_casts(Session& session, const ViewSql& view, const std::vector<std::string>& inputs);

}  // namespace sluice::sql
