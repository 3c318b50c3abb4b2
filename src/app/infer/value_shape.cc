#include "app/infer/value_shape.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>
#include <optional>
#include <string>

#include "formats/number_text.h"
#include "formats/time_text.h"

namespace sluice::app {
namespace {

using formats::TimeForms;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// How many digits `text` begins with.
std::size_t digits_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::find_if_not(text, is_digit) - text.begin());
}

bool same_letters(std::string_view text, std::string_view lower) {
  return std::ranges::equal(text, lower, [](char left, char right) {
    return std::tolower(static_cast<unsigned char>(left)) == right;
  });
}

bool is_null_word(std::string_view text) {
  static constexpr std::array<std::string_view, 8> kWords = {"",     "null", "\\n", "n/a",
                                                             "none", "-",    "--",  "#n/a"};
  return text == "NA" || std::ranges::any_of(kWords, [&](std::string_view word) {
           return same_letters(text, word);
         });
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_dash ? text[i] != '-' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0) {
      return false;
    }
  }
  return true;
}

/// Whole groups of three digits after the first, which has one to three: 1.234.567.
bool is_grouped(std::string_view text, char separator) {
  std::size_t digits = digits_of(text);
  if (digits == 0 || digits > 3 || digits == text.size()) return false;
  while (!text.empty()) {
    text.remove_prefix(digits);
    if (text.empty()) return true;
    if (text.front() != separator) return false;
    text.remove_prefix(1);
    digits = digits_of(text);
    if (digits != 3) return false;
  }
  return false;
}

int digits_in(std::string_view text) {
  return static_cast<int>(std::ranges::count_if(text, is_digit));
}

/// 12,50 and 1.234,50; 1,234 and 1,234.50. Without a sign.
std::optional<ShapedValue> with_comma(std::string_view text) {
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  const std::size_t comma = text.rfind(',');
  if (comma == std::string_view::npos) {
    // Two points at least: no decimal.
    if (!is_grouped(text, '.') || std::ranges::count(text, '.') < 2) return std::nullopt;
    return ShapedValue{.shape = Shape::kCommaDecimal, .whole_digits = digits_in(text)};
  }
  const std::string_view before = text.substr(0, comma);
  const std::string_view after = text.substr(comma + 1);
  const std::size_t point = text.rfind('.');
  if (is_grouped(text.substr(0, std::min(point, text.size())), ',')) {
    const std::string_view fraction =
        point == std::string_view::npos ? std::string_view() : text.substr(point + 1);
    if (digits_of(fraction) != fraction.size()) return std::nullopt;
    return ShapedValue{.shape = Shape::kGrouped,
                       .whole_digits = digits_in(text) - static_cast<int>(fraction.size()),
                       .fraction_digits = static_cast<int>(fraction.size())};
  }
  const bool grouped = is_grouped(before, '.');
  if (after.empty() || digits_of(after) != after.size()) return std::nullopt;
  if (!grouped && digits_of(before) != before.size()) return std::nullopt;
  return ShapedValue{.shape = Shape::kCommaDecimal,
                     .whole_digits = digits_in(before),
                     .fraction_digits = static_cast<int>(after.size())};
}

/// Day, month and year in some order, with the same separator between them.
std::optional<ShapedValue> slashed(std::string_view text) {
  std::array<int, 3> parts{};
  const bool is_year_first = digits_of(text) == 4;
  const std::size_t year_at = is_year_first ? 0 : 2;
  char separator = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::size_t digits = digits_of(text);
    if (digits == 0 || (i == year_at ? digits != 4 : digits > 2)) return std::nullopt;
    for (const char c : text.substr(0, digits)) parts[i] = parts[i] * 10 + (c - '0');
    text.remove_prefix(digits);
    if (i == 2) break;
    if (text.empty() || (i == 1 && text.front() != separator)) return std::nullopt;
    separator = text.front();
    if (separator != '/' && separator != '.' && separator != '-') return std::nullopt;
    text.remove_prefix(1);
  }
  ShapedValue value{.separator = separator};
  if (!text.empty()) {
    if (text.front() != ' ' || !formats::parse_time(text.substr(1)) || text.size() != 9) {
      return std::nullopt;
    }
    value.has_time = true;
  }
  if (is_year_first) {
    if (parts[1] < 1 || parts[1] > 12 || parts[2] < 1 || parts[2] > 31) return std::nullopt;
    value.shape = Shape::kYearFirst;
    return value;
  }
  const auto [first, second, year] = parts;
  if (first < 1 || second < 1 || first > 31 || second > 31 || (first > 12 && second > 12)) {
    return std::nullopt;
  }
  value.shape = first > 12 ? Shape::kDayFirst : second > 12 ? Shape::kMonthFirst : Shape::kSlashed;
  return value;
}

std::optional<ShapedValue> time_shape(std::string_view text) {
  if (text.size() < 5 || !is_digit(text.front())) return std::nullopt;
  if (const auto days = formats::parse_date(text, TimeForms::kStrict)) {
    return ShapedValue{
        .shape = Shape::kDate, .number = std::int64_t{*days} * 86'400'000'000, .has_number = true};
  }
  bool names_zone = false;
  if (const auto micros = formats::parse_timestamp(text, TimeForms::kStrict, &names_zone)) {
    return ShapedValue{.shape = names_zone ? Shape::kTimestampTz : Shape::kTimestamp,
                       .number = *micros,
                       .has_number = true};
  }
  if (formats::parse_time(text)) return ShapedValue{.shape = Shape::kTime};
  return slashed(text);
}

/// 12, 12.5, .5, 1e-3, each perhaps with a sign.
std::optional<ShapedValue> plain_number(std::string_view text) {
  const bool has_sign = !text.empty() && (text.front() == '-' || text.front() == '+');
  const std::string_view body = text.substr(has_sign ? 1 : 0);
  const std::size_t whole = digits_of(body);
  std::string_view rest = body.substr(whole);
  std::size_t fraction = 0;
  if (!rest.empty() && rest.front() == '.') {
    fraction = digits_of(rest.substr(1));
    if (fraction == 0) return std::nullopt;
    rest.remove_prefix(1 + fraction);
  }
  if (whole + fraction == 0) return std::nullopt;
  ShapedValue value;
  const std::size_t zeros = std::min(
      whole, static_cast<std::size_t>(std::ranges::find_if(body, [](char c) { return c != '0'; }) -
                                      body.begin()));
  value.whole_digits = static_cast<int>(whole - zeros);
  value.fraction_digits = static_cast<int>(fraction);
  if (!rest.empty()) {
    if (rest.front() != 'e' && rest.front() != 'E') return std::nullopt;
    double ignored = 0;
    if (formats::parse_float(text, formats::Overflow::kReject, ignored) != formats::Reason::kNone) {
      return std::nullopt;
    }
    value.shape = Shape::kFloat;
    return value;
  }
  if (zeros > 0 && whole > 1) {
    value.shape = Shape::kLeadingZero;
    return value;
  }
  if (has_sign && text.front() == '+') {
    value.shape = Shape::kPlus;
    return value;
  }
  if (fraction > 0) {
    value.shape = Shape::kDecimal;
    return value;
  }
  formats::Int128 number = 0;
  value.shape = formats::parse_integer(text, number) == formats::Reason::kNone
                    ? Shape::kInteger
                    : Shape::kLongInteger;
  value.has_number = value.shape == Shape::kInteger &&
                     number >= std::numeric_limits<std::int64_t>::min() &&
                     number <= std::numeric_limits<std::int64_t>::max();
  if (value.has_number) value.number = static_cast<std::int64_t>(number);
  return value;
}

/// An amount with a currency's sign or letters at one end.
std::optional<ShapedValue> money(std::string_view text) {
  static constexpr std::array<std::string_view, 8> kSigns = {"$",   "€",   "£",   "¥",
                                                             "EUR", "USD", "GBP", "CHF"};
  for (const std::string_view sign : kSigns) {
    std::string_view rest = text;
    if (rest.starts_with(sign)) {
      rest.remove_prefix(sign.size());
    } else if (rest.ends_with(sign)) {
      rest.remove_suffix(sign.size());
    } else {
      continue;
    }
    while (rest.starts_with(' ')) rest.remove_prefix(1);
    while (rest.ends_with(' ')) rest.remove_suffix(1);
    if (rest.starts_with('-')) rest.remove_prefix(1);
    if (rest.empty() || !is_digit(rest.front())) continue;
    auto value = plain_number(rest);
    if (!value) value = with_comma(rest);
    if (!value || value->shape == Shape::kFloat) continue;
    value->amount = value->shape;
    value->shape = Shape::kMoney;
    return value;
  }
  return std::nullopt;
}

}  // namespace

ShapedValue shape_of_number(std::string_view text) {
  auto value = plain_number(text);
  return value ? *value : ShapedValue{.shape = Shape::kFloat};
}

ShapedValue shape_of(std::string_view text) {
  if (is_null_word(text)) return {.shape = Shape::kNullWord};
  if (const auto value = plain_number(text)) return *value;
  if (const auto value = time_shape(text)) return *value;
  if (same_letters(text, "true") || same_letters(text, "false")) return {.shape = Shape::kBoolean};
  if (text == "NaN" || text == "Infinity" || text == "-Infinity" || same_letters(text, "inf") ||
      same_letters(text, "-inf")) {
    return {.shape = Shape::kFloat};
  }
  if (is_uuid(text)) return {.shape = Shape::kUuid};
  const bool is_negative = text.front() == '-';
  if (const auto value = with_comma(text.substr(is_negative ? 1 : 0))) return *value;
  if (const auto value = money(text)) return *value;
  return {.shape = Shape::kText};
}

std::string_view word_of(Shape shape) {
  switch (shape) {
    case Shape::kInteger:
    case Shape::kLongInteger:
    case Shape::kDecimal:
    case Shape::kFloat:
      return "numbers";
    case Shape::kLeadingZero:
      return "with leading zeros";
    case Shape::kPlus:
      return "with a + in front";
    case Shape::kCommaDecimal:
      return "with a decimal comma";
    case Shape::kGrouped:
      return "with commas between thousands";
    case Shape::kMoney:
      return "with a currency";
    case Shape::kBoolean:
      return "booleans";
    case Shape::kDate:
      return "dates";
    case Shape::kDayFirst:
    case Shape::kMonthFirst:
    case Shape::kSlashed:
    case Shape::kYearFirst:
      return "dates not as ISO 8601 has them";
    case Shape::kTime:
      return "times of day";
    case Shape::kTimestamp:
    case Shape::kTimestampTz:
      return "timestamps";
    case Shape::kUuid:
      return "UUIDs";
    case Shape::kNullWord:
      return "words for nothing";
    case Shape::kText:
      return "texts";
    case Shape::kObject:
      return "objects";
    case Shape::kList:
      return "lists";
  }
  return "";
}

}  // namespace sluice::app
