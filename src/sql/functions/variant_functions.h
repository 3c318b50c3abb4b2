#pragma once

#include "sluice/base/result.h"
#include "sql/duckdb/duckdb_session.h"

namespace sluice::sql {

/// sluice_variant_json(VARIANT): JSON, byte for byte what Spark's to_json gives for a variant: keys
/// in the order of the stored object, decimals in plain digits without trailing zeros, DOUBLE and
/// FLOAT as Java writes them (not finite: as texts), bytes as base64, times as
/// "2024-01-01 00:00:00.5" and those of a zone on the session's clock with its offset, "+01:00".
/// NULL for NULL, and for a variant whose whole value is null, which DuckDB takes for NULL.
/// Kinds of values that Parquet's variants do not have are an error of SQL.
Status register_variant_functions(DuckdbSession& session);

}  // namespace sluice::sql
