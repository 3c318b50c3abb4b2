#pragma once

#include <cstdint>
#include <optional>

namespace sluice::data {

/// What every calendar, file format and reader holds: 0001-01-01 00:00:00 to 9999-12-31
/// 23:59:59.999999, in microseconds since 1970. A time that would be beyond is NULL where a source
/// makes it of a number of its own (Kafka's timestamps, whole numbers in JSON).
inline constexpr std::int64_t kTimestampMin = -62'135'596'800'000'000;
inline constexpr std::int64_t kTimestampMax = 253'402'300'799'999'999;

/// Milliseconds as microseconds; nothing for what is out of range.
inline std::optional<std::int64_t> micros_of_milliseconds(std::int64_t milliseconds) {
  if (milliseconds < kTimestampMin / 1000 || milliseconds > kTimestampMax / 1000) {
    return std::nullopt;
  }
  return milliseconds * 1000;
}

}  // namespace sluice::data
