#pragma once

#include <string>
#include <vector>

#include "connector/batch_table.h"
#include "sql/duckdb/handles.h"

namespace sluice::sql {

/// Reads what `COPY ... (RETURN_STATS)` gives: one row a file with filename, count,
/// file_size_bytes, footer_size_bytes, column_statistics MAP(VARCHAR, MAP(VARCHAR, VARCHAR)) and
/// partition_keys MAP(VARCHAR, VARCHAR). Paths are made relative to `folder`. Statistics of nested
/// columns and bounds of columns with NaN are left out.
std::vector<connector::WrittenFile> read_copy_result(duckdb_result* result,
                                                     const std::string& folder);

}  // namespace sluice::sql
