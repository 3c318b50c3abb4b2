#include "connectors/cassandra/cql_number.h"

#include <algorithm>
#include <bit>
#include <vector>

namespace sluice::connectors::cassandra {
namespace {

constexpr std::int32_t kPlainScaleMax = 1000;

/// The digits of |number|, by division of words in base 2^32 by 10^9.
std::string digits_of(std::string_view bytes, bool& negative) {
  negative = static_cast<signed char>(bytes.front()) < 0;
  std::vector<std::uint32_t> words((bytes.size() + 3) / 4, 0);  // the least first
  std::uint32_t carry = negative ? 1 : 0;
  for (std::size_t i = 0; i < words.size() * 4; ++i) {
    std::uint32_t byte = 0;
    if (i < bytes.size()) byte = static_cast<unsigned char>(bytes[bytes.size() - 1 - i]);
    if (negative) {
      byte = (i < bytes.size() ? byte ^ 0xffU : 0) + carry;
      carry = i < bytes.size() ? byte >> 8U : 0;
      byte &= 0xffU;
    }
    words[i / 4] |= byte << (8 * (i % 4));
  }
  std::string digits;  // the least first
  while (!words.empty()) {
    std::uint64_t rest = 0;
    for (std::size_t i = words.size(); i-- > 0;) {
      rest = (rest << 32U) | words[i];
      words[i] = static_cast<std::uint32_t>(rest / 1'000'000'000);
      rest %= 1'000'000'000;
    }
    while (!words.empty() && words.back() == 0) words.pop_back();
    for (int i = 0; i < 9; ++i, rest /= 10) digits += static_cast<char>('0' + rest % 10);
  }
  while (digits.size() > 1 && digits.back() == '0') digits.pop_back();
  if (digits.empty()) digits = "0";
  std::ranges::reverse(digits);
  return digits;
}

}  // namespace

std::optional<Int128> parse_varint(std::string_view bytes) {
  const char sign = static_cast<signed char>(bytes.front()) < 0 ? '\xff' : '\0';
  // Bytes that only repeat the sign.
  while (bytes.size() > sizeof(Int128) && bytes.front() == sign) bytes.remove_prefix(1);
  if (bytes.size() > sizeof(Int128) ||
      (static_cast<signed char>(bytes.front()) < 0) != (sign != '\0')) {
    return std::nullopt;
  }
  Uint128 value = sign == '\0' ? Uint128{0} : ~Uint128{0};
  for (const char byte : bytes) value = (value << 8U) | static_cast<unsigned char>(byte);
  return static_cast<Int128>(value);
}

void append_varint(std::string& out, Int128 value) {
  std::string bytes;
  append_big_endian(bytes, static_cast<Uint128>(value));
  std::size_t skip = 0;
  const char sign = value < 0 ? '\xff' : '\0';
  while (skip + 1 < bytes.size() && bytes[skip] == sign &&
         (static_cast<signed char>(bytes[skip + 1]) < 0) == (value < 0)) {
    ++skip;
  }
  out += std::string_view(bytes).substr(skip);
}

std::string varint_text(std::string_view bytes, std::int32_t scale) {
  bool negative = false;
  std::string digits = digits_of(bytes, negative);
  if (scale < 0 || scale > kPlainScaleMax) {
    if (digits != "0") {
      const std::int64_t exponent = -static_cast<std::int64_t>(scale);
      digits += (exponent < 0 ? "E-" : "E+") + std::to_string(exponent < 0 ? -exponent : exponent);
    }
  } else if (scale > 0) {
    const auto places = static_cast<std::size_t>(scale);
    if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
    digits.insert(digits.size() - places, 1, '.');
  }
  return negative ? "-" + digits : digits;
}

std::optional<Int128> rescaled(Int128 value, std::int32_t from, int to, int width) {
  if (value == 0) return value;
  // Beyond these no number of 38 digits comes out.
  for (std::int64_t steps = static_cast<std::int64_t>(to) - from; steps != 0;) {
    if (steps > 0) {
      if (__builtin_mul_overflow(value, Int128{10}, &value)) return std::nullopt;
      --steps;
    } else {
      if (value % 10 != 0) return std::nullopt;
      value /= 10;
      ++steps;
    }
  }
  Int128 limit = 1;
  for (int i = 0; i < width; ++i) limit *= 10;
  if (value <= -limit || value >= limit) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> take_unsigned_vint(std::string_view& bytes) {
  if (bytes.empty()) return std::nullopt;
  const auto first = static_cast<unsigned char>(bytes.front());
  const auto more = static_cast<std::size_t>(std::countl_one(first));
  if (bytes.size() < more + 1) return std::nullopt;
  std::uint64_t value = more >= 7 ? 0 : first & (0xffU >> more);
  for (std::size_t i = 1; i <= more; ++i) {
    value = (value << 8U) | static_cast<unsigned char>(bytes[i]);
  }
  bytes.remove_prefix(more + 1);
  return value;
}

std::optional<std::int64_t> take_vint(std::string_view& bytes) {
  const auto value = take_unsigned_vint(bytes);
  if (!value) return std::nullopt;
  return static_cast<std::int64_t>(*value >> 1U) ^ -static_cast<std::int64_t>(*value & 1U);
}

void append_unsigned_vint(std::string& out, std::uint64_t value) {
  // Each byte more adds 7 bits, the ninth 8.
  std::size_t more = 0;
  while (more < 8 && (value >> (7 * (more + 1))) != 0) ++more;
  const unsigned mark = more == 0 ? 0 : (0xffU << (8 - more)) & 0xffU;
  const std::uint64_t top = more == 8 ? 0 : value >> (8 * more);
  out += static_cast<char>(mark | static_cast<unsigned>(top));
  for (std::size_t i = more; i-- > 0;) out += static_cast<char>((value >> (8 * i)) & 0xffU);
}

void append_vint(std::string& out, std::int64_t value) {
  append_unsigned_vint(
      out, (static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63U));
}

}  // namespace sluice::connectors::cassandra
