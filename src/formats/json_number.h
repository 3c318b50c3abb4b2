#pragma once

#include <cstdint>
#include <limits>

#include "formats/json_cursor.h"
#include "formats/number_text.h"

namespace sluice::formats {

// Numbers of plain form read in place. Each function returns the position after the number, or
// null when it is not of that form or does not fit: then the caller takes the careful road.

/// The number of eight digits, the first one in the lowest byte, by three multiplications.
inline std::uint64_t eight_digits(std::uint64_t digits) {
  digits = digits * 10 + (digits >> 8);
  return ((digits & 0x000000ff000000ffULL) * 0x000f424000000064ULL +
          ((digits >> 16) & 0x000000ff000000ffULL) * 0x0000271000000001ULL) >>
         32;
}

/// Up to 18 digits: `value` and how many. No digit is fine, more than 18 is null.
inline const char* read_digits(const char* at, const char* end, std::uint64_t& value, int& count) {
  value = 0;
  count = 0;
  for (;;) {
    const std::uint64_t word = load_word(at, end);
    const std::uint64_t others = other_than_digits(word);
    if (others == 0) {
      // Eight more digits; the address of the next ones waits for nothing.
      if (count > 8) return nullptr;
      value = value * 100'000'000 + eight_digits(word - kEachByte * '0');
      count += 8;
      at += 8;
      continue;
    }
    const int digits = std::countr_zero(others) / 8;
    if (count + digits > 18) return nullptr;
    if (digits > 0) {
      // The digits move to the top of the word, zeros in front of them.
      value = value * kPowersOfTen[digits] +
              eight_digits((word - kEachByte * '0') << (8 * (8 - digits)));
    }
    count += digits;
    return at + digits;
  }
}

/// Sign and digits before a point.
struct WholePart {
  std::uint64_t digits = 0;
  int count = 0;
  bool negative = false;
};

inline const char* read_whole(const char* at, const char* end, WholePart& whole) {
  whole.negative = at < end && *at == '-';
  if (whole.negative) ++at;
  const char* const first = at;
  at = read_digits(at, end, whole.digits, whole.count);
  if (at == nullptr || whole.count == 0 || (whole.count > 1 && *first == '0')) return nullptr;
  return at;
}

template <class T>
const char* read_integer(const char* at, const char* end, T& value) {
  WholePart whole;
  at = read_whole(at, end, whole);
  if (at == nullptr) return nullptr;
  const auto number = whole.negative ? -static_cast<std::int64_t>(whole.digits)
                                     : static_cast<std::int64_t>(whole.digits);
  if constexpr (sizeof(T) < sizeof(number)) {
    if (number < std::numeric_limits<T>::min() || number > std::numeric_limits<T>::max()) {
      return nullptr;
    }
  } else if constexpr (std::numeric_limits<T>::min() == 0) {
    if (number < 0) return nullptr;
  }
  value = static_cast<T>(number);
  return at;
}

/// A decimal with at most `scale` digits after the point and at most `width - scale` before it.
/// T: int16, int32, int64 or Int128.
template <class T>
const char* read_decimal(const char* at, const char* end, int width, int scale, T& value) {
  WholePart whole;
  at = read_whole(at, end, whole);
  if (at == nullptr) return nullptr;
  std::uint64_t fraction = 0;
  int fraction_count = 0;
  if (at < end && *at == '.') {
    at = read_digits(at + 1, end, fraction, fraction_count);
    if (at == nullptr || fraction_count == 0) return nullptr;
  }
  const int whole_count = whole.digits == 0 ? 0 : whole.count;
  if (whole_count > width - scale || fraction_count > scale) return nullptr;
  if constexpr (sizeof(T) <= 8) {
    const std::uint64_t sum =
        whole.digits * kPowersOfTen[scale] + fraction * kPowersOfTen[scale - fraction_count];
    value = static_cast<T>(whole.negative ? -static_cast<std::int64_t>(sum)
                                          : static_cast<std::int64_t>(sum));
  } else {
    const Uint128 sum = scale <= 18 ? whole.digits * Uint128{kPowersOfTen[scale]} +
                                          fraction * kPowersOfTen[scale - fraction_count]
                                    : whole.digits * power_of_ten(scale) +
                                          fraction * power_of_ten(scale - fraction_count);
    value = whole.negative ? -static_cast<Int128>(sum) : static_cast<Int128>(sum);
  }
  return at;
}

/// A double whose digits fit 53 bits and whose scale is small: then one division of two exact
/// doubles rounds correctly (Clinger 1990).
inline const char* read_double(const char* at, const char* end, double& value) {
  WholePart whole;
  at = read_whole(at, end, whole);
  if (at == nullptr) return nullptr;
  std::uint64_t fraction = 0;
  int fraction_count = 0;
  if (at < end && *at == '.') {
    at = read_digits(at + 1, end, fraction, fraction_count);
    if (at == nullptr || fraction_count == 0) return nullptr;
  }
  if (whole.count + fraction_count > 15 || (at < end && (*at | 0x20) == 'e')) return nullptr;
  const auto digits = static_cast<double>(whole.digits * kPowersOfTen[fraction_count] + fraction);
  value = digits / static_cast<double>(kPowersOfTen[fraction_count]);
  if (whole.negative) value = -value;
  return at;
}

}  // namespace sluice::formats
