#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "connector/batch_table.h"
#include "data/parquet_rows.h"
#include "lake/log_actions.h"
#include "lake/table.h"
#include "sluice/base/result.h"

namespace sluice::connectors {

/// A file of the table in the folder `root` as SQL reads it. `partition_values` as in the log: by
/// the names that it has for columns, and NULL is left out.
data::ParquetFile parquet_file(const std::string& root, const std::string& log_path,
                               const std::map<std::string, std::string>& partition_values,
                               const lake::TableState& state);

/// As above, of a file of the snapshot, without the rows that its deletion vector removes.
/// Errors as Table::deleted_rows.
Result<data::ParquetFile> live_rows(lake::Table& table, const std::string& root,
                                    const lake::DataFile& file);

/// The add action of a file that has been written now, with the columns of rewritten_columns or
/// lake::fit_columns.
Result<std::string> add_line(const connector::WrittenFile& written, Micros now,
                             const lake::TableState& state);

/// For files with all columns of the table.
connector::FileColumns rewritten_columns(const lake::TableState& state);

/// A property in the table's metadata; "" when it is not there.
std::string table_property(const lake::TableState& state, const std::string& key);

}  // namespace sluice::connectors
