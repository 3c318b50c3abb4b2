#include "sql/duckdb/number_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace sluice::sql {
namespace {

/// Digits of a floating-point value, as to_chars(scientific) gives them: d[.ddd]e[+-]dd.
void append_scientific(std::string& out, std::string_view text) {
  if (text.front() == '-') {
    out += '-';
    text.remove_prefix(1);
  }
  const std::size_t e = text.find('e');
  std::string digits(text.substr(0, 1));
  if (e > 2) digits += text.substr(2, e - 2);
  const int exponent = std::atoi(std::string(text.substr(e + 1)).c_str());
  if (exponent >= 7 || exponent < -3) {
    out += digits[0];
    out += '.';
    out += digits.size() > 1 ? digits.substr(1) : "0";
    out += 'E' + std::to_string(exponent);
  } else if (exponent < 0) {
    out += "0." + std::string(static_cast<std::size_t>(-exponent) - 1, '0') + digits;
  } else {
    const auto before = static_cast<std::size_t>(exponent) + 1;
    if (digits.size() < before) digits.append(before - digits.size(), '0');
    out += digits.substr(0, before) + '.';
    out += digits.size() > before ? digits.substr(before) : "0";
  }
}

template <class Float>
void append_floating(std::string& out, Float value) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value < 0 ? "-Infinity" : "Infinity";
  } else if (value == 0) {
    out += std::signbit(value) ? "-0.0" : "0.0";
  } else {
    char text[64];
    const auto end =
        std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
    append_scientific(out, {text, static_cast<std::size_t>(end - text)});
  }
}

constexpr std::size_t kWordDigits = 18;
constexpr std::uint64_t kWord = 1'000'000'000'000'000'000;
constexpr std::uint64_t kWordMax = kWord - 1;

/// The 18 digits of `value` before `end`; returns the first.
char* write_word(char* end, std::uint64_t value) {
  for (std::size_t i = 0; i < kWordDigits; ++i) {
    *--end = static_cast<char>('0' + static_cast<int>(value % 10));
    value /= 10;
  }
  return end;
}

}  // namespace

void append_double(std::string& out, double value) { append_floating(out, value); }
void append_float(std::string& out, float value) { append_floating(out, value); }

void append_decimal(std::string& out, __int128 value, int scale) {
  char text[kDecimalTextMax];
  out.append(text, write_decimal(text, value, scale));
}

std::size_t write_decimal(char* out, __int128 value, int scale) {
  auto rest = static_cast<unsigned __int128>(value);
  if (value < 0) rest = 0 - rest;
  // The digits with zeros in front, from the right: dividing 128 bits is slow, so once for 18.
  char digits[3 * kWordDigits];
  char* const end = digits + sizeof digits;
  char* first = end;
  while (rest > kWordMax) {
    const unsigned __int128 above = rest / kWord;
    first = write_word(first, static_cast<std::uint64_t>(rest - above * kWord));
    rest = above;
  }
  first = write_word(first, static_cast<std::uint64_t>(rest));
  char* const point = end - scale;
  while (first >= point) *--first = '0';
  while (first + 1 < point && *first == '0') ++first;
  char* at = out;
  if (value < 0) *at++ = '-';
  at = std::copy(first, point, at);
  if (scale > 0) *at++ = '.';
  return static_cast<std::size_t>(std::copy(point, end, at) - out);
}

}  // namespace sluice::sql
