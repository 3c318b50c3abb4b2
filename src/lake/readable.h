#pragma once

#include <map>
#include <optional>
#include <string>

#include "data/parquet_rows.h"
#include "lake/table.h"
#include "sluice/base/result.h"

namespace sluice::lake {

/// kUser unless the version can be read: it names the reader feature or the column type that is not
/// known.
Status check_readable(const TableState& state);

/// "none", "name" or "id": how the names in files are found.
std::string mapping_mode(const TableState& state);

/// The names that files have for the columns, and which are variants there; empty: the columns' own
/// (no column mapping) and none.
std::vector<data::StoredColumn> stored_columns(const TableState& state);

/// The names that new files have for the columns, and the Parquet field ids that they must carry;
/// empty: no column mapping.
std::vector<data::StoredColumn> written_columns(const TableState& state);

/// The columns of the table by the names that the log has for them, for add_action.
data::Schema logged_columns(const TableState& state);
/// The same for some of its columns.
std::vector<std::string> logged_names(const TableState& state, std::vector<std::string> names);

/// Partition values of a file as the log has them (by the names that files have; a value that is
/// not there is NULL), by the table's names.
std::map<std::string, std::optional<std::string>> partition_values_of(
    const TableState& state, const std::map<std::string, std::string>& logged);

/// Where a file of the log lies: `logged` is percent-encoded, relative to `folder` or a URL.
std::string data_path(const std::string& folder, const std::string& logged);

}  // namespace sluice::lake
