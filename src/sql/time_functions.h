#pragma once

#include "base/result.h"
#include "sql/duckdb_session.h"

namespace sluice::sql {

/// Registers, for the whole database, what Spark's time functions are made of:
///   sluice_parse_time(VARCHAR, VARCHAR) -> TIMESTAMP, an error for a text that does not fit
///   sluice_parse_instant(VARCHAR, VARCHAR) -> TIMESTAMPTZ, likewise
///   sluice_try_parse_time, sluice_try_parse_instant: as these, but NULL for such a text
///   sluice_format_time(TIMESTAMP, VARCHAR) -> VARCHAR
/// The second argument is a TimePattern; a wrong one fails when the SQL is bound.
Status register_time_functions(DuckdbSession& session);

}  // namespace sluice::sql
