#include "formats/binary_text.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace sluice::formats {

namespace {

constexpr std::uint8_t kNoDigit = 0xff;

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::uint8_t, 256> make_base64_digits() {
  std::array<std::uint8_t, 256> digits{};
  digits.fill(kNoDigit);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    digits[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return digits;
}

constexpr auto kBase64Digits = make_base64_digits();

unsigned base64_digit(char c) { return kBase64Digits[static_cast<unsigned char>(c)]; }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<std::string_view> parse_base64(std::string_view text, data::Arena& arena) {
  if (text.size() % 4 != 0) return std::nullopt;
  if (text.empty()) return "";
  std::size_t padding = 0;
  while (padding < 2 && text[text.size() - 1 - padding] == '=') ++padding;
  const std::size_t bytes = text.size() / 4 * 3 - padding;
  char* const out = arena.allocate(bytes);
  std::size_t written = 0;
  for (std::size_t i = 0; i < text.size(); i += 4) {
    const std::size_t missing = i + 4 == text.size() ? padding : 0;
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const unsigned digit = k < 4 - missing ? base64_digit(text[i + k]) : 0;
      if (digit == kNoDigit) return std::nullopt;
      bits = bits << 6 | digit;
    }
    // Bits that no byte takes must be zero, or two texts would mean the same bytes.
    if (missing > 0 && (bits & ((1U << (8 * missing)) - 1)) != 0) return std::nullopt;
    for (std::size_t k = 0; k < 3 - missing; ++k) {
      out[written++] = static_cast<char>(bits >> (16 - 8 * k));
    }
  }
  return std::string_view(out, bytes);
}

void append_base64(std::string& out, std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      bits = bits << 8 | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      out += k <= count ? kAlphabet[(bits >> (18 - 6 * k)) & 63] : '=';
    }
  }
}

std::optional<Int128> parse_uuid(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  Uint128 bits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const int digit = hex_digit(text[i]);
    if (digit < 0) return std::nullopt;
    bits = bits << 4 | static_cast<unsigned>(digit);
  }
  return static_cast<Int128>(bits ^ (Uint128{1} << 127));
}

void append_uuid(std::string& out, Int128 value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const Uint128 bits = static_cast<Uint128>(value) ^ (Uint128{1} << 127);
  for (int i = 0; i < 32; ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) out += '-';
    out += kDigits[static_cast<std::size_t>(bits >> (124 - 4 * i)) & 15];
  }
}

}  // namespace sluice::formats
