#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// Milliseconds since 1970 of "2024-05-01", "2024-05-01 12:30:00.250", "2024-05-01T12:30:00+02:00"
/// (UTC when no zone is given) or of a number of milliseconds; null when it is none.
std::optional<std::int64_t> parse_timestamp_ms(std::string_view text);

/// "2024-05-01 12:30:00.250+00", which SQL reads as a TIMESTAMPTZ.
std::string timestamp_text(std::int64_t milliseconds);

/// "2024-05-01T12:30:00.250Z" of microseconds since 1970, cut to milliseconds.
std::string iso_time_text(std::int64_t micros);

}  // namespace sluice
