#include "sql/functions/time_pattern.h"

#include <algorithm>
#include <cctype>
#include <chrono>

#include "base/clock.h"
#include "sql/functions/month_names.h"

namespace sluice::sql {
namespace {

constexpr std::string_view kLetters = "yuMLdDHhkKmsSaEQqXxZ";

/// Reads `min` to `max` digits.
bool take_number(std::string_view& text, std::size_t min, std::size_t max, int& number) {
  std::size_t digits = 0;
  number = 0;
  while (digits < max && digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
    number = number * 10 + (text[digits] - '0');
    ++digits;
  }
  text.remove_prefix(digits);
  return digits >= min;
}

bool take_name(std::string_view& text, std::string_view name) {
  if (!text.starts_with(name)) return false;
  text.remove_prefix(name.size());
  return true;
}

bool take_month_name(std::string_view& text, bool whole, int& month) {
  for (std::size_t i = 0; i < kMonthNames.size(); ++i) {
    if (!take_name(text, whole ? kMonthNames[i] : kMonthNames[i].substr(0, 3))) continue;
    month = static_cast<int>(i) + 1;
    return true;
  }
  return false;
}

/// +02:00, +0200, +02 or, for X, Z.
bool take_offset(std::string_view& text, char letter, std::size_t count, int& seconds) {
  if (letter == 'X' && take_name(text, "Z")) return true;
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return false;
  const int sign = text[0] == '-' ? -1 : 1;
  text.remove_prefix(1);
  int hours = 0;
  int minutes = 0;
  if (!take_number(text, 2, 2, hours)) return false;
  const bool colon = letter != 'Z' && count >= 3;
  if (colon && !take_name(text, ":")) return false;
  const bool optional = letter != 'Z' && count == 1;
  const bool digit = !text.empty() && std::isdigit(static_cast<unsigned char>(text[0])) != 0;
  if ((!optional || digit) && !take_number(text, 2, 2, minutes)) return false;
  if (hours > 18 || minutes > 59) return false;
  seconds = sign * (hours * 3600 + minutes * 60);
  return true;
}

/// Reads the quoted text that begins at `at`; returns the place after it, or npos. Two quotes are
/// one, inside quotes and outside.
std::size_t read_quoted(std::string_view pattern, std::size_t at, std::string& text) {
  ++at;
  if (pattern.substr(at).starts_with('\'')) {
    text = "'";
    return at + 1;
  }
  while (at < pattern.size()) {
    const bool quote = pattern[at] == '\'';
    const bool two = quote && pattern.substr(at + 1).starts_with('\'');
    if (quote && !two) return at + 1;
    text += pattern[at];
    at += two ? 2 : 1;
  }
  return std::string_view::npos;
}

}  // namespace

struct TimePattern::Fields {
  int year = 1970;
  int month = 1;
  int day = 1;
  int day_of_year = 0;  ///< 0: not given
  int hour = 0;
  int half_hour = -1;  ///< 0 to 11; -1: not given
  int afternoon = 0;
  int minute = 0;
  int second = 0;
  int micros = 0;
  int offset_seconds = 0;
  bool has_offset = false;

  std::optional<std::int64_t> resolve(const TimeZone& zone) const {
    using std::chrono::sys_days;
    const std::chrono::year in{year};
    sys_days date = sys_days(in / std::chrono::January / 1);
    if (day_of_year > 0) {
      if (day_of_year > (in.is_leap() ? 366 : 365)) return std::nullopt;
      date += std::chrono::days(day_of_year - 1);
    } else {
      const auto civil = in / month / day;
      if (!civil.ok()) return std::nullopt;
      date = sys_days(civil);
    }
    const int hours = half_hour >= 0 ? half_hour + 12 * afternoon : hour;
    if (year < 1 || hours > 23 || minute > 59 || second > 59) return std::nullopt;
    const std::int64_t seconds = hours * 3600 + minute * 60 + second - offset_seconds;
    const std::int64_t time = date.time_since_epoch().count() * kDay + seconds * kSecond + micros;
    return has_offset ? time : zone.to_instant(time);
  }
};

Result<TimePattern> TimePattern::compile(std::string_view pattern) {
  TimePattern made;
  const auto literal = [&made](char character) {
    if (made.items_.empty() || made.items_.back().letter != 0) made.items_.push_back({0, 0, ""});
    made.items_.back().text += character;
  };
  for (std::size_t i = 0; i < pattern.size();) {
    const char character = pattern[i];
    if (character == '\'') {
      std::string text;
      i = read_quoted(pattern, i, text);
      if (i == std::string_view::npos) {
        return user_error("time pattern '" + std::string(pattern) + "' lacks a closing quote");
      }
      for (const char quoted : text) literal(quoted);
    } else if (std::isalpha(static_cast<unsigned char>(character)) != 0 ||
               std::string_view("[]{}#").find(character) != std::string_view::npos) {
      if (kLetters.find(character) == std::string_view::npos) {
        return user_error("time pattern '" + std::string(pattern) + "' has the letter '" +
                          character + "', which is not supported; the letters are " +
                          std::string(kLetters) + ", other text goes in 'quotes'");
      }
      const std::size_t end = std::min(pattern.find_first_not_of(character, i), pattern.size());
      made.items_.push_back({character, end - i, ""});
      i = end;
    } else {
      literal(character);
      ++i;
    }
  }
  return made;
}

bool TimePattern::parse_item(const Item& item, std::string_view& text, Fields& fields) {
  // One letter takes what digits there are, two take two.
  const std::size_t min = item.count >= 2 ? 2 : 1;
  switch (item.letter) {
    case 0:
      return take_name(text, item.text);
    case 'y':
    case 'u':
      if (item.count == 2) {
        const bool taken = take_number(text, 2, 2, fields.year);
        fields.year += 2000;
        return taken;
      }
      return take_number(text, item.count, item.count == 1 ? 4 : item.count, fields.year);
    case 'M':
    case 'L':
      if (item.count > 2) return take_month_name(text, item.count > 3, fields.month);
      return take_number(text, min, 2, fields.month);
    case 'd':
      return take_number(text, min, 2, fields.day);
    case 'D':
      return take_number(text, item.count, 3, fields.day_of_year) && fields.day_of_year > 0;
    case 'H':
      return take_number(text, min, 2, fields.hour);
    case 'k':
      if (!take_number(text, min, 2, fields.hour) || fields.hour < 1 || fields.hour > 24) {
        return false;
      }
      fields.hour %= 24;
      return true;
    case 'h':
      if (!take_number(text, min, 2, fields.half_hour) || fields.half_hour < 1 ||
          fields.half_hour > 12) {
        return false;
      }
      fields.half_hour %= 12;
      return true;
    case 'K':
      return take_number(text, min, 2, fields.half_hour) && fields.half_hour < 12;
    case 'm':
      return take_number(text, min, 2, fields.minute);
    case 's':
      return take_number(text, min, 2, fields.second);
    case 'S': {
      const std::size_t before = text.size();
      std::string_view rest = text;
      int digits = 0;
      if (!take_number(rest, 1, std::min<std::size_t>(item.count, 9), digits)) return false;
      std::int64_t fraction = digits;
      std::size_t count = before - rest.size();
      for (; count < 6; ++count) fraction *= 10;
      for (; count > 6; --count) fraction /= 10;
      fields.micros = static_cast<int>(fraction);
      text = rest;
      return true;
    }
    case 'a':
      fields.afternoon = text.starts_with("PM") || text.starts_with("pm") ? 1 : 0;
      return take_name(text, "AM") || take_name(text, "PM") || take_name(text, "am") ||
             take_name(text, "pm");
    case 'X':
    case 'x':
    case 'Z':
      fields.has_offset = true;
      return take_offset(text, item.letter, item.count, fields.offset_seconds);
    default:
      return false;
  }
}

std::optional<std::int64_t> TimePattern::parse(std::string_view text, const TimeZone& zone) const {
  Fields fields;
  for (const Item& item : items_) {
    if (!parse_item(item, text, fields)) return std::nullopt;
  }
  if (!text.empty()) return std::nullopt;
  return fields.resolve(zone);
}

}  // namespace sluice::sql
