#pragma once

#include <cstdint>
#include <string>

#include "base/config_value.h"
#include "sluice/base/result.h"

namespace sluice::config {

/// A sink's `roll:` as a pipeline file declares it; 0: no such limit.
struct RollEntry {
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
  std::int64_t every_us = 0;
  Location location;
};

/// At least one limit is given. `subject` is the sink, for messages.
Result<RollEntry> read_roll(const ConfigValue& value, const std::string& subject);

}  // namespace sluice::config
