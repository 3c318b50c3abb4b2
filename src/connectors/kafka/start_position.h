#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.h"
#include "base/config_value.h"
#include "connectors/kafka/positions.h"
#include "sluice/base/result.h"

namespace sluice::connectors::kafka {

/// Where a new checkpoint starts: the option `start`.
struct StartEarliest {};
struct StartLatest {};
/// At each partition's first record of this time or later; at its end when there is none.
struct StartTimestamp {
  std::int64_t milliseconds = 0;
};
/// At these offsets: -1 is the end, -2 the beginning, as in Spark. The topic "" stands for the only
/// one.
struct StartOffsets {
  TopicOffsets offsets;
};
using StartPosition = std::variant<StartEarliest, StartLatest, StartTimestamp, StartOffsets>;

/// Reads `earliest`, `latest`, `{timestamp: ...}` or `{offsets: ...}`. kUser errors carry the
/// place.
Result<StartPosition> parse_start(const ConfigValue& value);

/// Reads the option `end`, which has the same forms, but for `earliest` and -2.
Result<StartPosition> parse_end(const ConfigValue& value);

/// "latest", "timestamp 1714564800000", "offsets {...}": the same for the same meaning.
std::string position_text(const StartPosition& position);

}  // namespace sluice::connectors::kafka
