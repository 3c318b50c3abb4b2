#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::connectors {

/// The values in the folders of "day=2024-01-01/kind=a/part.parquet", as Hive, Spark and the file
/// sinks name them: percent-encoded, null for NULL.
std::map<std::string, std::optional<std::string>> partition_values(std::string_view name);

}  // namespace sluice::connectors
