#pragma once

#include "sluice/base/result.h"
#include "sql/duckdb/duckdb_session.h"

namespace sluice::sql {

/// Registers, for the whole database, what Spark's time functions are made of. All of them follow
/// the database's zone (Session::set_time_zone) and Java's rules for hours that are skipped or come
/// twice:
///   sluice_instant(any) -> TIMESTAMPTZ: what Spark's CAST makes of a text, DATE or TIMESTAMP; NULL
///   of
///     what it does not read
///   sluice_parse_instant(VARCHAR, VARCHAR) -> TIMESTAMPTZ, an error for a text that does not fit;
///     sluice_try_parse_instant: NULL
///   sluice_format_time(TIMESTAMPTZ, VARCHAR) -> VARCHAR
/// The second argument is a TimePattern; a wrong one fails when the SQL is bound.
Status register_time_functions(DuckdbSession& session);

}  // namespace sluice::sql
