#include "formats/time_writer.h"

#include <charconv>
#include <cstdlib>
#include <limits>
#include <string_view>

#include "base/clock.h"
#include "formats/number_writer.h"

namespace sluice::formats {
namespace {

/// `number`, which is not negative, with at least `width` digits.
void append_padded(std::string& out, std::int64_t number, std::size_t width) {
  char digits[24];
  const auto count =
      static_cast<std::size_t>(std::to_chars(digits, digits + sizeof digits, number).ptr - digits);
  if (count < width) out.append(width - count, '0');
  out.append(digits, count);
}

/// 00 to 99.
void append_two(std::string& out, std::int64_t number) {
  const char digits[2] = {static_cast<char>('0' + number / 10),
                          static_cast<char>('0' + number % 10)};
  out.append(digits, 2);
}

/// The proleptic Gregorian calendar. Years begin in March, so that a leap day is the last of one.
void append_finite_date(std::string& out, std::int64_t days) {
  constexpr std::int64_t kCycleDays = 146'097;   // of 400 years
  constexpr std::int64_t kDaysTo1970 = 719'468;  // from March of the year 0
  const std::int64_t since = days + kDaysTo1970;
  const std::int64_t cycle = (since >= 0 ? since : since - kCycleDays + 1) / kCycleDays;
  const std::int64_t day = since - cycle * kCycleDays;
  const std::int64_t year_of_cycle = (day - day / 1460 + day / 36524 - day / 146096) / 365;
  const std::int64_t day_of_year =
      day - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
  const std::int64_t month_from_march = (5 * day_of_year + 2) / 153;
  const std::int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  const std::int64_t year = year_of_cycle + cycle * 400 + (month <= 2 ? 1 : 0);
  if (year < 0) out += '-';
  if (year > 9999) out += '+';
  append_padded(out, std::abs(year), 4);
  out += '-';
  append_two(out, month);
  out += '-';
  append_two(out, day_of_year - (153 * month_from_march + 2) / 5 + 1);
}

void append_clock(std::string& out, std::int64_t seconds) {
  append_padded(out, seconds / 3600, 2);
  out += ':';
  append_two(out, seconds / 60 % 60);
  out += ':';
  append_two(out, seconds % 60);
}

/// Whole days, and the microseconds after the last one.
struct DayAndTime {
  std::int64_t days;
  std::int64_t micros;
};

DayAndTime split(std::int64_t micros) {
  DayAndTime parts{micros / kDay, micros % kDay};
  if (parts.micros < 0) {
    parts.micros += kDay;
    --parts.days;
  }
  return parts;
}

}  // namespace

void append_date(std::string& out, std::int32_t days) {
  constexpr std::int32_t kInfinity = std::numeric_limits<std::int32_t>::max();
  if (days == kInfinity) {
    out += "infinity";
  } else if (days == -kInfinity) {
    out += "-infinity";
  } else {
    append_finite_date(out, days);
  }
}

void append_time(std::string& out, std::int64_t micros) {
  append_clock(out, micros / kSecond);
  const std::int64_t fraction = micros % kSecond;
  if (fraction == 0) return;
  out += '.';
  append_padded(out, fraction, 6);
  while (out.back() == '0') out.pop_back();
}

bool is_finite_timestamp(std::int64_t micros) {
  constexpr std::int64_t kInfinity = std::numeric_limits<std::int64_t>::max();
  return micros != kInfinity && micros != -kInfinity;
}

void append_timestamp(std::string& out, std::int64_t micros) {
  if (!is_finite_timestamp(micros)) {
    out += micros > 0 ? "infinity" : "-infinity";
    return;
  }
  const DayAndTime parts = split(micros);
  append_finite_date(out, parts.days);
  out += ' ';
  append_time(out, parts.micros);
}

void append_timestamp_millis(std::string& out, std::int64_t micros) {
  const DayAndTime parts = split(micros);
  append_finite_date(out, parts.days);
  out += 'T';
  append_clock(out, parts.micros / kSecond);
  out += '.';
  append_padded(out, parts.micros % kSecond / 1000, 3);
}

void append_zone_offset(std::string& out, std::int32_t seconds, bool short_form) {
  const std::int32_t positive = std::abs(seconds);
  out += seconds < 0 ? '-' : '+';
  append_two(out, positive / 3600);
  if (!short_form || positive % 3600 != 0) {
    out += ':';
    append_two(out, positive / 60 % 60);
  }
  if (positive % 60 != 0) {
    out += ':';
    append_two(out, positive % 60);
  }
}

void append_interval(std::string& out, const data::IntervalSlot& interval) {
  const auto part = [&out](std::int64_t number, std::string_view unit) {
    if (number == 0) return;
    append_integer(out, number);
    out += unit;
  };
  part(interval.months / 12, " years ");
  part(interval.months % 12, " months ");
  part(interval.days, " days ");
  if (interval.micros < 0) out += '-';
  append_time(out, std::abs(interval.micros));
}

}  // namespace sluice::formats
