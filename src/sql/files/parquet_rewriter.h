#pragma once

#include <memory>

#include "connector/parquet_rewriter.h"
#include "sql/duckdb/database.h"

namespace sluice::sql {

/// A rewriter with a database of its own in memory, opened when it is first needed. It spills to
/// options.temp_folder.
std::unique_ptr<connector::ParquetRewriter> make_parquet_rewriter(DatabaseOptions options);

}  // namespace sluice::sql
