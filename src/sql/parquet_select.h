#pragma once

#include <string>

#include "connector/static_table.h"

namespace sluice::sql {

/// SELECT of a table's rows: its Parquet files by column name, with the columns that folders or the
/// log give to whole files. Columns that a file lacks are NULL. Needs at least one file unless the
/// schema is known.
std::string parquet_select(const connector::TableVersion& table);

}  // namespace sluice::sql
