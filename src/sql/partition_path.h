#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice::sql {

/// A partition folder's name as Hive, Spark and DuckDB write it: `key=value`, special characters as
/// %XX, NULL as __HIVE_DEFAULT_PARTITION__.
std::string partition_folder(std::string_view key, const std::optional<std::string>& value);

}  // namespace sluice::sql
