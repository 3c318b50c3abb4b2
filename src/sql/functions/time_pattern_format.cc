#include <array>
#include <chrono>
#include <string>

#include "base/clock.h"
#include "sql/functions/month_names.h"
#include "sql/functions/time_pattern.h"

namespace sluice::sql {
namespace {

constexpr std::array<std::string_view, 7> kDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};

void append_number(std::string& out, std::int64_t number, std::size_t width) {
  const std::string digits = std::to_string(number);
  if (digits.size() < width) out.append(width - digits.size(), '0');
  out += digits;
}

/// X: Z or +02 or +0230, XX: +0200, XXX: +02:00; four and five letters show seconds, too, where
/// there are any. x is the same without Z. Z, ZZ and ZZZ are +0200.
void append_offset(std::string& out, char letter, std::size_t count, std::int32_t offset) {
  if (letter == 'X' && offset == 0) {
    out += 'Z';
    return;
  }
  const std::int32_t positive = offset < 0 ? -offset : offset;
  const bool colon = letter != 'Z' && (count == 3 || count == 5);
  out += offset < 0 ? '-' : '+';
  append_number(out, positive / 3600, 2);
  if (letter != 'Z' && count == 1 && positive % 3600 == 0) return;
  if (colon) out += ':';
  append_number(out, positive / 60 % 60, 2);
  if (letter == 'Z' || count < 4 || positive % 60 == 0) return;
  if (colon) out += ':';
  append_number(out, positive % 60, 2);
}

/// Q: 1, QQ: 01, QQQ: Q1, QQQQ: 1st quarter.
void append_quarter(std::string& out, unsigned quarter, std::size_t width) {
  constexpr std::array<std::string_view, 4> kQuarters = {"1st quarter", "2nd quarter",
                                                         "3rd quarter", "4th quarter"};
  if (width <= 2) return append_number(out, quarter, width);
  if (width == 3) {
    out += 'Q' + std::to_string(quarter);
  } else {
    out += kQuarters[quarter - 1];
  }
}

/// A date of any year, which chrono's are not: they end at 32767.
struct Civil {
  std::int64_t year = 0;
  unsigned month = 0;
  unsigned day = 0;
};

/// A time taken apart.
struct Moment {
  std::int64_t days = 0;  ///< since 1970-01-01
  Civil civil{};
  std::int64_t seconds = 0;  ///< of the day
  std::int64_t micros = 0;   ///< of the second
};

/// The calendar repeats after 400 years.
Civil civil_of(std::int64_t days) {
  constexpr std::int64_t kCycleDays = 146'097;
  const std::int64_t cycles = days / kCycleDays - (days % kCycleDays < 0 ? 1 : 0);
  const std::chrono::sys_days like{std::chrono::days{static_cast<int>(days - cycles * kCycleDays)}};
  const std::chrono::year_month_day civil{like};
  return {static_cast<int>(civil.year()) + 400 * cycles, static_cast<unsigned>(civil.month()),
          static_cast<unsigned>(civil.day())};
}

/// The day of the year, from 1.
std::int64_t day_of_year(const Civil& civil) {
  const bool leap = civil.year % 4 == 0 && (civil.year % 100 != 0 || civil.year % 400 == 0);
  constexpr std::array<int, 12> kBefore = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
  return kBefore[civil.month - 1] + static_cast<int>(civil.day) + (leap && civil.month > 2 ? 1 : 0);
}

/// As Java: a sign before more digits than the pattern has.
void append_year(std::string& out, std::int64_t year, std::size_t width) {
  if (width == 2) return append_number(out, (year % 100 + 100) % 100, 2);
  if (year < 0) {
    out += '-';
    year = -year;
  } else if (width >= 4 && std::to_string(year).size() > width) {
    out += '+';
  }
  append_number(out, year, width);
}

Moment take_apart(std::int64_t micros) {
  std::int64_t days = micros / kDay;
  std::int64_t time = micros % kDay;
  if (time < 0) {
    time += kDay;
    --days;
  }
  return {days, civil_of(days), time / kSecond, time % kSecond};
}

/// Letters of the date; false for others.
bool append_date_item(std::string& out, char letter, std::size_t width, const Moment& moment) {
  const unsigned month = moment.civil.month;
  switch (letter) {
    case 'y':
    case 'u':
      append_year(out, moment.civil.year, width);
      return true;
    case 'M':
    case 'L':
      if (width > 2) {
        out += width > 3 ? kMonthNames[month - 1] : kMonthNames[month - 1].substr(0, 3);
      } else {
        append_number(out, month, width);
      }
      return true;
    case 'd':
      append_number(out, moment.civil.day, width);
      return true;
    case 'D':
      append_number(out, day_of_year(moment.civil), width);
      return true;
    case 'E': {
      // 1970 began on a Thursday.
      const std::string_view name =
          kDays[static_cast<std::size_t>(((moment.days + 4) % 7 + 7) % 7)];
      out += width > 3 ? name : name.substr(0, 3);
      return true;
    }
    case 'Q':
    case 'q':
      append_quarter(out, (month + 2) / 3, width);
      return true;
    default:
      return false;
  }
}

/// Letters of the time of day; false for others.
bool append_time_item(std::string& out, char letter, std::size_t width, const Moment& moment) {
  const std::int64_t hour = moment.seconds / 3600;
  switch (letter) {
    case 'H':
      append_number(out, hour, width);
      return true;
    case 'k':
      append_number(out, hour == 0 ? 24 : hour, width);
      return true;
    case 'h':
      append_number(out, hour % 12 == 0 ? 12 : hour % 12, width);
      return true;
    case 'K':
      append_number(out, hour % 12, width);
      return true;
    case 'm':
      append_number(out, moment.seconds / 60 % 60, width);
      return true;
    case 's':
      append_number(out, moment.seconds % 60, width);
      return true;
    case 'S': {
      std::string digits;
      append_number(digits, moment.micros, 6);
      digits.resize(width, '0');
      out += digits;
      return true;
    }
    case 'a':
      out += hour < 12 ? "AM" : "PM";
      return true;
    default:
      return false;
  }
}

}  // namespace

void TimePattern::format(std::int64_t micros, std::string& out, const TimeZone& zone) const {
  const std::int32_t offset = zone.offset_at(micros);
  const Moment moment = take_apart(micros + offset * kSecond);
  for (const Item& item : items_) {
    if (item.letter == 0) {
      out += item.text;
    } else if (!append_date_item(out, item.letter, item.count, moment) &&
               !append_time_item(out, item.letter, item.count, moment)) {
      append_offset(out, item.letter, item.count, offset);
    }
  }
}

}  // namespace sluice::sql
