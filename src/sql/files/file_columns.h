#pragma once

#include <string>
#include <vector>

#include "connector/batch_table.h"

namespace sluice::sql {

/// Those of `columns` that rows with the columns `rows` fill: their own, and the rescued one.
connector::FileColumns filled_columns(const connector::FileColumns& columns,
                                      const data::Schema& rows);

/// SELECT of filled_columns(), by the names that files have, over the rows of `select`.
std::string file_select(const std::string& select, const data::Schema& rows,
                        const connector::FileColumns& columns);

/// The names that files have for columns of the rows.
std::vector<std::string> stored_names(const std::vector<std::string>& names,
                                      const connector::FileColumns& columns);

/// For COPY: `{"a": 1, "s": {__duckdb_field_id: 2, "x": 3}}`, of all columns but those in `without`
/// (names in the files). "": no column has an id.
std::string field_ids(const connector::FileColumns& columns,
                      const std::vector<std::string>& without);

}  // namespace sluice::sql
