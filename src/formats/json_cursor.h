#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace sluice::formats {

static_assert(std::endian::native == std::endian::little, "words are read with the first byte low");

/// Objects and lists inside each other, the record itself included.
inline constexpr int kNestingMax = 256;

// Reading JSON in place: strict (RFC 8259), and never a byte after `end`. The functions that
// return a position return null when the text is not what they read.

/// What a scan has come across.
struct JsonSeen {
  bool escape = false;  ///< a backslash in a string
  std::uint64_t high_bits =
      0;  ///< not 0: bytes from 0x80 on, perhaps; UTF-8 is still to be checked
};

inline constexpr std::uint64_t kEachByte = 0x0101010101010101ULL;
inline constexpr std::uint64_t kHighBits = kEachByte * 0x80;

/// 8 bytes, the first one lowest.
inline std::uint64_t load_whole_word(const char* at) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, 8);
  return word;
}

/// The last bytes before `end`, fewer than 8, as the lowest of a word.
inline std::uint64_t load_tail(const char* at, const char* end) {
  const auto bytes = end - at;
  if (bytes >= 4) {
    // Two halves, which may overlap in equal bytes.
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    std::memcpy(&first, at, 4);
    std::memcpy(&last, end - 4, 4);
    return first | std::uint64_t{last} << (8 * (bytes - 4));
  }
  std::uint64_t word = 0;
  for (auto i = bytes; i > 0; --i) word = word << 8 | static_cast<unsigned char>(at[i - 1]);
  return word;
}

/// The next 8 bytes, the first one lowest; 0 after the end.
inline std::uint64_t load_word(const char* at, const char* end) {
  return end - at >= 8 ? load_whole_word(at) : load_tail(at, end);
}

/// High bit set in each byte of `word` that is `c`, and perhaps in bytes above the first such.
inline std::uint64_t bytes_equal(std::uint64_t word, char c) {
  const std::uint64_t zero = word ^ (kEachByte * static_cast<unsigned char>(c));
  return (zero - kEachByte) & ~zero & kHighBits;
}

/// From after the opening quote to the first quote, backslash or control character, or `end`.
inline const char* scan_plain(const char* at, const char* end, JsonSeen& seen) {
  for (; at < end; at += 8) {
    const std::uint64_t word = load_word(at, end);
    const std::uint64_t control = (word - kEachByte * 0x20) & ~word & kHighBits;
    const std::uint64_t stop = bytes_equal(word, '"') | bytes_equal(word, '\\') | control;
    seen.high_bits |= word & kHighBits;
    if (stop != 0) {
      at += std::countr_zero(stop) / 8;
      return at < end ? at : end;
    }
  }
  return end;
}

inline const char* skip_space(const char* at, const char* end) {
  while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')) ++at;
  return at;
}

/// The digits at the beginning of a word, as flags: lowest set high bit marks the first other byte.
inline std::uint64_t other_than_digits(std::uint64_t word) {
  const std::uint64_t digits = word ^ (kEachByte * '0');
  return ((digits + kEachByte * 0x76) | digits) & kHighBits;
}

/// After the last of the digits at `at`.
inline const char* skip_digits(const char* at, const char* end) {
  for (;; at += 8) {
    const std::uint64_t others = other_than_digits(load_word(at, end));
    if (others != 0) return at + std::countr_zero(others) / 8;
  }
}

/// From after the opening quote to after the closing one; escapes are checked.
const char* skip_string_with_escapes(const char* at, const char* end, JsonSeen& seen);

inline const char* skip_string(const char* at, const char* end, JsonSeen& seen) {
  const char* const stop = scan_plain(at, end, seen);
  if (stop < end && *stop == '"') [[likely]]
    return stop + 1;
  return skip_string_with_escapes(stop, end, seen);
}

/// After a number: -?(0|[1-9][0-9]*)(.[0-9]+)?([eE][+-]?[0-9]+)?
inline const char* skip_number(const char* at, const char* end) {
  if (at < end && *at == '-') ++at;
  const char* const whole = at;
  at = skip_digits(at, end);
  if (at == whole || (*whole == '0' && at - whole > 1)) return nullptr;
  if (at < end && *at == '.') {
    const char* const fraction = ++at;
    at = skip_digits(at, end);
    if (at == fraction) return nullptr;
  }
  if (at < end && (*at | 0x20) == 'e') {
    ++at;
    if (at < end && (*at == '+' || *at == '-')) ++at;
    const char* const exponent = at;
    at = skip_digits(at, end);
    if (at == exponent) return nullptr;
  }
  return at;
}

/// After `word` when it is at `at`.
inline const char* skip_word(const char* at, const char* end, std::string_view word) {
  if (static_cast<std::size_t>(end - at) < word.size()) return nullptr;
  return std::memcmp(at, word.data(), word.size()) == 0 ? at + word.size() : nullptr;
}

/// After any value; `at` is its first byte, `depth` counts the containers around it. UTF-8 is not
/// checked, see `seen`.
const char* skip_value(const char* at, const char* end, int depth, JsonSeen& seen);

/// The UTF-16 unit of the escape \uXXXX at `at`, or -1 when there is none.
int escaped_unit(const char* at, const char* end);

/// Whether `text` is one JSON value in valid UTF-8, blanks around it allowed.
bool is_json(std::string_view text);

}  // namespace sluice::formats
