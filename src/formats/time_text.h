#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::formats {

// Dates and times in text. Two sets of forms:
//
// Strict: DATE `YYYY-MM-DD`. TIME `HH:MM[:SS[.f]]`, f of 1 to 9 digits, of which the first 6 count.
// TIMESTAMP: a date, or a date, `T` or one space, a time, and perhaps an offset `Z`, `+HH`, `+HHMM`
// or `+HH:MM`.
//
// Spark: what Spark's CAST reads: also months, days, hours, minutes and seconds of one digit, a
// year or a month alone, blanks around, any text after a date's `T` or blank. Names of time zones
// are not known, except UTC and GMT.
//
// A time without an offset is UTC; with one it is converted to UTC.
enum class TimeForms : unsigned char { kStrict, kSpark };

/// Days since 1970-01-01.
std::optional<std::int32_t> parse_date(std::string_view text, TimeForms forms);

/// Microseconds since midnight; strict forms only.
std::optional<std::int64_t> parse_time(std::string_view text);

/// Microseconds since 1970-01-01T00:00:00Z. `names_zone`, where it is not null, is set to true when
/// the text has an offset, and to false when it has a time without one.
std::optional<std::int64_t> parse_timestamp(std::string_view text, TimeForms forms,
                                            bool* names_zone = nullptr);

}  // namespace sluice::formats
