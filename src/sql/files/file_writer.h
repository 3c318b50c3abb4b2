#pragma once

#include <string>
#include <vector>

#include "connector/batch_table.h"
#include "sql/duckdb/duckdb_session.h"

namespace sluice::sql {

/// BatchTable::write_files for the rows of `select`, whose columns are `schema`.
///
/// Whole files and Parquet partitions go through one COPY. What DuckDB cannot do in one (a limit of
/// rows a file; partitions of formats for which it does not say what it wrote) goes through a
/// sorted temp table and one COPY a file.
Result<std::vector<connector::WrittenFile>> write_files(DuckdbSession& session,
                                                        const std::string& select,
                                                        const data::Schema& schema,
                                                        const connector::FileRequest& request);

}  // namespace sluice::sql
