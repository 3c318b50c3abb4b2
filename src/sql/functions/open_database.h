#pragma once

#include <memory>
#include <string>

#include "sluice/base/result.h"
#include "sql/duckdb/database.h"

namespace sluice::sql {

/// Opens or creates a database (Database::open_bare, with its errors) whose sessions know all
/// functions of ours that are written in C++, besides DuckDB's: of times, texts, bytes, decimals
/// and JSON. Spark's functions that are macros (sql/functions/spark_functions.h) are a session's
/// own: it has those that the SQL planned in it calls.
Result<std::unique_ptr<Database>> open_database(const std::string& path,
                                                const DatabaseOptions& options);

}  // namespace sluice::sql
