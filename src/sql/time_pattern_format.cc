#include <array>
#include <chrono>
#include <string>

#include "sql/month_names.h"
#include "sql/time_pattern.h"

namespace sluice::sql {
namespace {

constexpr std::int64_t kMicrosPerSecond = 1'000'000;
constexpr std::int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;
constexpr std::array<std::string_view, 7> kDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};

void append_number(std::string& out, std::int64_t number, std::size_t width) {
  const std::string digits = std::to_string(number);
  if (digits.size() < width) out.append(width - digits.size(), '0');
  out += digits;
}

void append_zero_offset(std::string& out, char letter, std::size_t count) {
  if (letter == 'X') {
    out += 'Z';
  } else if (letter == 'x' && count == 1) {
    out += "+00";
  } else {
    out += letter == 'x' && count >= 3 ? "+00:00" : "+0000";
  }
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

/// A time taken apart.
struct Moment {
  std::chrono::sys_days date{};
  std::chrono::year_month_day civil{};
  std::int64_t seconds = 0;  ///< of the day
  std::int64_t micros = 0;   ///< of the second
};

Moment take_apart(std::int64_t micros) {
  std::int64_t days = micros / kMicrosPerDay;
  std::int64_t time = micros % kMicrosPerDay;
  if (time < 0) {
    time += kMicrosPerDay;
    --days;
  }
  const std::chrono::sys_days date{std::chrono::days(days)};
  return {date, date, time / kMicrosPerSecond, time % kMicrosPerSecond};
}

/// Letters of the date; false for others.
bool append_date_item(std::string& out, char letter, std::size_t width, const Moment& moment) {
  const auto month = static_cast<unsigned>(moment.civil.month());
  const int year = static_cast<int>(moment.civil.year());
  const std::chrono::sys_days new_year(moment.civil.year() / 1 / 1);
  switch (letter) {
    case 'y':
    case 'u':
      append_number(out, width == 2 ? year % 100 : year, width);
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
      append_number(out, static_cast<unsigned>(moment.civil.day()), width);
      return true;
    case 'D':
      append_number(out, (moment.date - new_year).count() + 1, width);
      return true;
    case 'E': {
      const std::string_view name = kDays[std::chrono::weekday(moment.date).c_encoding()];
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

void TimePattern::format(std::int64_t micros, std::string& out) const {
  const Moment moment = take_apart(micros);
  for (const Item& item : items_) {
    if (item.letter == 0) {
      out += item.text;
    } else if (!append_date_item(out, item.letter, item.count, moment) &&
               !append_time_item(out, item.letter, item.count, moment)) {
      append_zero_offset(out, item.letter, item.count);
    }
  }
}

}  // namespace sluice::sql
