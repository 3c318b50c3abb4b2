#pragma once

#include <string>

#include "data/parquet_rows.h"

namespace sluice::sql {

/// One column of a table as its files hold it.
struct ParquetColumnRead {
  std::string type;   ///< in SQL, with the names inside the files
  std::string value;  ///< SQL over `expression`: the value with the names and type of the table
};

/// How `expression`, a column of the files, is read as a value of `type`; `stored` has the names
/// inside (null: the same). `int96`: instants are stored as INT96, which DuckDB takes for a
/// TIMESTAMP.
ParquetColumnRead parquet_column(const data::Type& type, const data::StoredColumn* stored,
                                 const std::string& expression, bool int96);

/// There is an instant somewhere in `type`.
bool has_instants(const data::Type& type);

}  // namespace sluice::sql
