#pragma once

#include "data/parquet_rows.h"
#include "sluice/base/error.h"
#include "sql/duckdb/database.h"

namespace sluice::sql {

/// What a failed query over `rows` is to say: `error` itself, or, when one of the Parquet files
/// turns out to be gone (E_FILE_GONE) or cannot be read alone (E_BROKEN_FILE), a kCorruption that
/// names it. DuckDB's own words ("Out of buffer") name no file, and some look as if they might
/// pass. Reads every file, one after the other: for failures only.
/// REQUIRES: the transaction that failed is rolled back.
Error name_broken_file(Session& session, const data::ParquetRows& rows, Error error);

}  // namespace sluice::sql
