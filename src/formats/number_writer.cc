#include "formats/number_writer.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <string_view>

namespace sluice::formats {
namespace {

template <class Integer>
void append_digits(std::string& out, Integer value) {
  char text[24];
  out.append(text, std::to_chars(text, text + sizeof text, value).ptr);
}

/// Digits of a floating-point value, as to_chars(scientific) gives them: d[.ddd]e[+-]dd.
void append_scientific(std::string& out, std::string_view text) {
  if (text.front() == '-') {
    out += '-';
    text.remove_prefix(1);
  }
  const std::size_t e = text.find('e');
  char all[32];
  all[0] = text[0];
  const std::size_t more = e > 2 ? e - 2 : 0;
  std::copy_n(text.data() + 2, more, all + 1);
  const std::string_view digits(all, more + 1);
  int exponent = 0;
  std::from_chars(text.data() + e + 2, text.data() + text.size(), exponent);
  if (text[e + 1] == '-') exponent = -exponent;
  if (exponent >= 7 || exponent < -3) {
    out += digits[0];
    out += '.';
    out += digits.size() > 1 ? digits.substr(1) : "0";
    out += 'E';
    append_digits(out, exponent);
  } else if (exponent < 0) {
    out += "0.";
    out.append(static_cast<std::size_t>(-exponent) - 1, '0');
    out += digits;
  } else {
    const auto before = static_cast<std::size_t>(exponent) + 1;
    out += digits.substr(0, before);
    if (digits.size() < before) out.append(before - digits.size(), '0');
    out += '.';
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
    char* const limit = text + sizeof text;
    char* end = std::to_chars(text, limit, value, std::chars_format::scientific).ptr;
    // Java shows two digits at least, so where one would do it shows the nearest two: 4.9E-324.
    // Only the smallest numbers lie so far apart that the second digit is not 0.
    const bool is_smallest = std::abs(value) < std::numeric_limits<Float>::min();
    if (is_smallest && text[value < 0 ? 2 : 1] == 'e') {
      end = std::to_chars(text, limit, value, std::chars_format::scientific, 1).ptr;
    }
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

void append_integer(std::string& out, std::int64_t value) { append_digits(out, value); }
void append_integer(std::string& out, std::uint64_t value) { append_digits(out, value); }

void append_double(std::string& out, double value) { append_floating(out, value); }
void append_float(std::string& out, float value) { append_floating(out, value); }

Int128 decimal_at(const data::VectorReader& vector, int width, std::uint64_t row) {
  if (width <= 4) return vector.at<std::int16_t>(row);
  if (width <= 9) return vector.at<std::int32_t>(row);
  if (width <= 18) return vector.at<std::int64_t>(row);
  return vector.at<Int128>(row);
}

void append_decimal(std::string& out, Int128 value, int scale) {
  char text[kDecimalTextMax];
  out.append(text, write_decimal(text, value, scale));
}

std::size_t write_decimal(char* out, Int128 value, int scale) {
  auto rest = static_cast<Uint128>(value);
  if (value < 0) rest = 0 - rest;
  // The digits with zeros in front, from the right: dividing 128 bits is slow, so once for 18.
  char digits[3 * kWordDigits];
  char* const end = digits + sizeof digits;
  char* first = end;
  while (rest > kWordMax) {
    const Uint128 above = rest / kWord;
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

}  // namespace sluice::formats
