#pragma once

#include <optional>

#include "base/config_value.h"
#include "sluice/base/result.h"
#include "sluice/kafka.h"

namespace sluice::app {

/// The format as a pipeline file has it: a map with one key, a format that there is. Null: none is
/// chosen. kUser: text that is no format, an option without one or in two places.
Result<std::optional<ConfigValue>> chosen_format(const RecordFormat& given);

}  // namespace sluice::app
