#include "connectors/generator/column_values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

namespace sluice::connectors {
namespace {

std::string digits_of(Int128 value) {
  std::string digits;
  do {
    digits += static_cast<char>('0' + static_cast<int>(value % 10));
    value /= 10;
  } while (value != 0);
  std::ranges::reverse(digits);
  return digits;
}

void append_decimal(Int128 value, int scale, std::string& out) {
  if (value < 0) {
    out += '-';
    value = -value;
  }
  std::string digits = digits_of(value);
  const auto places = static_cast<std::size_t>(scale);
  if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
  if (places > 0) digits.insert(digits.size() - places, ".");
  out += digits;
}

void append_date(std::chrono::sys_days day, std::string& out) {
  const std::chrono::year_month_day date(day);
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  out += text.data();
}

void append_timestamp(std::int64_t micros, std::string& out) {
  const std::chrono::sys_time<std::chrono::microseconds> time{std::chrono::microseconds(micros)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  append_date(day, out);
  const std::chrono::hh_mm_ss clock(time - day);
  std::array<char, 64> text{};
  std::snprintf(
      text.data(), text.size(), "T%02ld:%02ld:%02ld.%06ld",
      static_cast<long>(clock.hours().count()), static_cast<long>(clock.minutes().count()),
      static_cast<long>(clock.seconds().count()), static_cast<long>(clock.subseconds().count()));
  out += text.data();
}

}  // namespace

std::optional<Int128> parse_scaled(std::string_view text, int scale) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  constexpr int kDigitsMax = 38;
  Int128 value = 0;
  int digits = 0;
  int places = -1;  // behind the point; -1: no point yet
  for (const char c : text) {
    if (c == '_') continue;
    if (c == '.' && places < 0) {
      places = 0;
      continue;
    }
    if (c < '0' || c > '9' || digits == kDigitsMax || places == scale) return std::nullopt;
    value = value * 10 + (c - '0');
    if (value != 0) ++digits;
    if (places >= 0) ++places;
  }
  if (text.empty() || text == ".") return std::nullopt;
  for (int i = std::max(places, 0); i < scale; ++i) {
    value *= 10;
    if (value != 0 && ++digits > kDigitsMax) return std::nullopt;
  }
  return negative ? -value : value;
}

void append_integer_json(const data::Type& type, Int128 value, std::string& out) {
  switch (type.id()) {
    case data::TypeId::kBoolean:
      out += value != 0 ? "true" : "false";
      break;
    case data::TypeId::kDate:
      out += '"';
      append_date(std::chrono::sys_days(std::chrono::days(static_cast<std::int32_t>(value))), out);
      out += '"';
      break;
    case data::TypeId::kTimestamp:
    case data::TypeId::kTimestampTz:
      out += '"';
      append_timestamp(static_cast<std::int64_t>(value), out);
      out += type.id() == data::TypeId::kTimestampTz ? "Z\"" : "\"";
      break;
    default:
      append_decimal(value, type.scale(), out);
      break;
  }
}

void append_double_json(double value, std::string& out) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  out.append(text.data(), end);
}

void append_text_json(std::string_view text, std::string& out) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      std::array<char, 8> code{};
      std::snprintf(code.data(), code.size(), "\\u%04x", static_cast<unsigned>(c));
      out += code.data();
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace sluice::connectors
