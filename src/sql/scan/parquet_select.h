#pragma once

#include <string>
#include <utility>
#include <vector>

#include "data/parquet_rows.h"
#include "sluice/base/result.h"
#include "sql/duckdb/database.h"

namespace sluice::sql {

/// Columns that the rows get besides their own: the name, and what it says.
using ParquetMetadata = std::vector<std::pair<std::string, data::ParquetColumn>>;

/// SELECT of rows that lie in Parquet files: the columns of the schema (or those of the files, by
/// name), then `metadata`. Column mapping, partition values and selections of rows are applied.
/// The text holds for these files only; `session` is asked for what their footers say where that
/// matters.
/// REQUIRES: at least one file, unless the schema is known.
Result<std::string> parquet_select(Session& session, const data::ParquetRows& rows,
                                   const ParquetMetadata& metadata = {});

}  // namespace sluice::sql
