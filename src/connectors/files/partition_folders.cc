#include "connectors/files/partition_folders.h"

#include "base/percent_text.h"

namespace sluice::connectors {
namespace {

/// Hive's folder for the partition of rows that have no value.
constexpr std::string_view kNullPartition = "__HIVE_DEFAULT_PARTITION__";

}  // namespace

std::map<std::string, std::optional<std::string>> partition_values(std::string_view name) {
  std::map<std::string, std::optional<std::string>> values;
  for (std::size_t slash = name.find('/'); slash != std::string_view::npos;
       slash = name.find('/')) {
    const std::string_view folder = name.substr(0, slash);
    name.remove_prefix(slash + 1);
    const std::size_t equals = folder.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string value = percent_decoded(folder.substr(equals + 1));
    values[percent_decoded(folder.substr(0, equals))] =
        value == kNullPartition ? std::nullopt : std::optional(value);
  }
  return values;
}

}  // namespace sluice::connectors
