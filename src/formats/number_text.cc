#include "formats/number_text.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <system_error>

#include "base/ascii_text.h"

namespace sluice::formats {

const std::uint64_t kPowersOfTen[19] = {1ULL,
                                        10ULL,
                                        100ULL,
                                        1'000ULL,
                                        10'000ULL,
                                        100'000ULL,
                                        1'000'000ULL,
                                        10'000'000ULL,
                                        100'000'000ULL,
                                        1'000'000'000ULL,
                                        10'000'000'000ULL,
                                        100'000'000'000ULL,
                                        1'000'000'000'000ULL,
                                        10'000'000'000'000ULL,
                                        100'000'000'000'000ULL,
                                        1'000'000'000'000'000ULL,
                                        10'000'000'000'000'000ULL,
                                        100'000'000'000'000'000ULL,
                                        1'000'000'000'000'000'000ULL};

namespace {

constexpr int kDigitsMax = 38;

std::size_t digits_end(std::string_view text, std::size_t at) {
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

// A number taken apart: digits before and after the point, and the power of ten it is to be
// multiplied by.
struct NumberParts {
  bool negative = false;
  std::string_view whole;
  std::string_view fraction;
  std::int64_t exponent = 0;
};

bool take_exponent(std::string_view text, std::int64_t& exponent) {
  // Far beyond any number of digits that a record can hold.
  constexpr std::int64_t kExponentMax = 1LL << 40;
  const bool negative = !text.empty() && text[0] == '-';
  if (negative || (!text.empty() && text[0] == '+')) text.remove_prefix(1);
  if (text.empty()) return false;
  for (const char c : text) {
    if (!is_digit(c)) return false;
    exponent = std::min(exponent * 10 + (c - '0'), kExponentMax);
  }
  if (negative) exponent = -exponent;
  return true;
}

bool take_apart(std::string_view text, NumberParts& parts) {
  parts.negative = !text.empty() && text[0] == '-';
  if (parts.negative || (!text.empty() && text[0] == '+')) text.remove_prefix(1);
  std::size_t at = digits_end(text, 0);
  parts.whole = text.substr(0, at);
  if (at < text.size() && text[at] == '.') {
    const std::size_t end = digits_end(text, at + 1);
    parts.fraction = text.substr(at + 1, end - at - 1);
    at = end;
  }
  if (parts.whole.empty() && parts.fraction.empty()) return false;
  if (at == text.size()) return true;
  return (text[at] == 'e' || text[at] == 'E') && take_exponent(text.substr(at + 1), parts.exponent);
}

// The significant digits of both parts as one sequence without leading zeros.
class Digits {
 public:
  explicit Digits(const NumberParts& parts) : whole_(parts.whole), fraction_(parts.fraction) {
    whole_.remove_prefix(std::min(whole_.find_first_not_of('0'), whole_.size()));
    if (whole_.empty()) {
      fraction_.remove_prefix(std::min(fraction_.find_first_not_of('0'), fraction_.size()));
    }
  }

  std::int64_t size() const { return static_cast<std::int64_t>(whole_.size() + fraction_.size()); }

  unsigned operator[](std::int64_t index) const {
    const auto at = static_cast<std::size_t>(index);
    const char c = at < whole_.size() ? whole_[at] : fraction_[at - whole_.size()];
    return static_cast<unsigned>(c - '0');
  }

 private:
  std::string_view whole_;
  std::string_view fraction_;
};

template <class T>
Reason parse_floating(std::string_view text, Overflow overflow, T& value) {
  NumberParts parts;
  if (!take_apart(text, parts)) return Reason::kBadNumberText;
  // from_chars knows no plus sign.
  if (text[0] == '+') text.remove_prefix(1);
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code == std::errc()) return Reason::kNone;
  if (code != std::errc::result_out_of_range) return Reason::kBadNumberText;
  const Digits digits(parts);
  const auto magnitude =
      digits.size() - static_cast<std::int64_t>(parts.fraction.size()) + parts.exponent;
  if (magnitude <= 0) {
    value = parts.negative ? -T{0} : T{0};
    return Reason::kNone;
  }
  if (overflow == Overflow::kReject) return Reason::kOutOfRange;
  value = std::numeric_limits<T>::infinity();
  if (parts.negative) value = -value;
  return Reason::kNone;
}

}  // namespace

Uint128 power_of_ten(int exponent) {
  return exponent <= 18 ? Uint128{kPowersOfTen[exponent]}
                        : power_of_ten(exponent - 18) * kPowersOfTen[18];
}

bool is_json_number(std::string_view text) {
  std::size_t at = !text.empty() && text[0] == '-' ? 1 : 0;
  const std::size_t whole = at;
  at = digits_end(text, at);
  if (at == whole || (text[whole] == '0' && at > whole + 1)) return false;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = at + 1;
    at = digits_end(text, fraction);
    if (at == fraction) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const std::size_t exponent = at;
    at = digits_end(text, exponent);
    if (at == exponent) return false;
  }
  return at == text.size();
}

Reason parse_integer(std::string_view text, Int128& value) {
  const bool negative = !text.empty() && text[0] == '-';
  if (negative || (!text.empty() && text[0] == '+')) text.remove_prefix(1);
  if (text.empty() || digits_end(text, 0) != text.size()) return Reason::kBadNumberText;
  text.remove_prefix(std::min(text.find_first_not_of('0'), text.size()));
  // 39 digits fit the unsigned type only up to 3.4e38; 10^39 - 1 would wrap.
  if (text.size() > kDigitsMax + 1) return Reason::kOutOfRange;
  constexpr Uint128 kMax = ~Uint128{0} >> 1;
  Uint128 sum = 0;
  for (const char c : text) {
    const auto digit = static_cast<unsigned>(c - '0');
    if (sum > (kMax - digit) / 10) return Reason::kOutOfRange;
    sum = sum * 10 + digit;
  }
  value = negative ? -static_cast<Int128>(sum) : static_cast<Int128>(sum);
  return Reason::kNone;
}

Reason parse_decimal(std::string_view text, int width, int scale, Int128& value) {
  NumberParts parts;
  if (!take_apart(text, parts)) return Reason::kBadNumberText;
  const Digits digits(parts);
  value = 0;
  if (digits.size() == 0) return Reason::kNone;
  const std::int64_t shift =
      parts.exponent - static_cast<std::int64_t>(parts.fraction.size()) + scale;
  const std::int64_t kept = digits.size() + shift;
  if (kept < 0) return Reason::kNone;
  if (kept > width) return Reason::kOutOfRange;
  Uint128 sum = 0;
  const std::int64_t taken = std::min(kept, digits.size());
  for (std::int64_t i = 0; i < taken; ++i) sum = sum * 10 + digits[i];
  if (shift > 0) sum *= power_of_ten(static_cast<int>(shift));
  if (taken < digits.size() && digits[taken] >= 5) ++sum;
  if (sum >= power_of_ten(width)) return Reason::kOutOfRange;
  value = parts.negative ? -static_cast<Int128>(sum) : static_cast<Int128>(sum);
  return Reason::kNone;
}

Reason parse_float(std::string_view text, Overflow overflow, double& value) {
  return parse_floating(text, overflow, value);
}

Reason parse_float(std::string_view text, Overflow overflow, float& value) {
  return parse_floating(text, overflow, value);
}

}  // namespace sluice::formats
