#pragma once

#include <cstdint>
#include <string>

#include "data/vector_reader.h"

namespace sluice::formats {

// Dates and times as text, appended to `out`: years before 1 with a minus, years above 9999 with a
// plus, at least four digits; DuckDB's infinite ones as `infinity` and `-infinity`.

/// Days since 1970-01-01 as 2024-02-29.
void append_date(std::string& out, std::int32_t days);

/// Microseconds of a day as HH:MM:SS and the fraction without its trailing zeros.
void append_time(std::string& out, std::int64_t micros);

/// False for DuckDB's infinities.
bool is_finite_timestamp(std::int64_t micros);

/// Microseconds since 1970 as 2024-01-01 00:00:00.5.
void append_timestamp(std::string& out, std::int64_t micros);

/// Microseconds since 1970, finite, as 2024-01-01T00:00:00.500.
void append_timestamp_millis(std::string& out, std::int64_t micros);

/// How far local time is ahead of UTC, as +05:30; `short_form`: +05 where there are no minutes.
void append_zone_offset(std::string& out, std::int32_t seconds, bool short_form);

/// 1 years 2 months 3 days 04:05:06; parts that are zero are left out, but not the time.
void append_interval(std::string& out, const data::IntervalSlot& interval);

}  // namespace sluice::formats
