#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::connectors::cassandra {

/// gcc's; what HUGEINT and wide DECIMALs are made of.
__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 Uint128;

/// The unsigned number in the first sizeof(T) bytes of `bytes`, big-endian.
template <class T>
T big_endian(const char* bytes) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    value = static_cast<T>(value << 8U) | static_cast<T>(static_cast<unsigned char>(bytes[i]));
  }
  return value;
}

template <class T>
void append_big_endian(std::string& out, T value) {
  for (std::size_t i = sizeof(T); i-- > 0;) {
    out += static_cast<char>(static_cast<unsigned char>(value >> (8 * i)));
  }
}

/// A varint's bytes (two's complement, big-endian) as a number; null: it has more than 128 bits.
/// REQUIRES: there is at least one byte.
std::optional<Int128> parse_varint(std::string_view bytes);
/// As few bytes as hold the number.
void append_varint(std::string& out, Int128 value);

/// The number of any size, divided by 10^scale, as plain digits: -12.50. Of a scale that is
/// negative or beyond 1000 as 125E+7 and 125E-1100.
std::string varint_text(std::string_view bytes, std::int32_t scale);

/// value * 10^(to - from) where that is a whole number of at most `width` digits; else null.
std::optional<Int128> rescaled(Int128 value, std::int32_t from, int to, int width);

/// A vint of the protocol, as durations and vectors have it: unsigned, or signed by zigzag. Moves
/// `bytes` after it; null: it is cut.
std::optional<std::uint64_t> take_unsigned_vint(std::string_view& bytes);
std::optional<std::int64_t> take_vint(std::string_view& bytes);
void append_unsigned_vint(std::string& out, std::uint64_t value);
void append_vint(std::string& out, std::int64_t value);

}  // namespace sluice::connectors::cassandra
