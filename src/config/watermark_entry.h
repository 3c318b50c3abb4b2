#pragma once

#include <cstdint>
#include <string>

#include "base/config_value.h"
#include "sluice/base/result.h"

namespace sluice::config {

/// The `watermark:` of a source or a view as a pipeline file declares it. Durations are
/// microseconds.
struct WatermarkEntry {
  std::string column;  ///< SQL; "": there is no watermark
  std::int64_t delay_us = 0;
  std::int64_t idle_after_us = 0;  ///< 0: never idle
  bool advances_when_idle = false;
  Location location;  ///< of the column
};

/// `subject` is the source or view, for messages.
Result<WatermarkEntry> read_watermark(const ConfigValue& value, const std::string& subject);

}  // namespace sluice::config
