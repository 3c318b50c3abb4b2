#include "cli/hex_dump.h"

#include <array>
#include <cstdio>

namespace sluice::cli {
namespace {

constexpr std::size_t kLineBytes = 16;

}  // namespace

std::string hex_dump(std::string_view bytes) {
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += kLineBytes) {
    std::array<char, 16> place{};
    std::snprintf(place.data(), place.size(), "%08zx ", at);
    text += place.data();
    std::string letters;
    for (std::size_t i = 0; i < kLineBytes; ++i) {
      if (i == kLineBytes / 2) text += ' ';
      if (at + i >= bytes.size()) {
        text += "   ";
        continue;
      }
      const auto byte = static_cast<unsigned char>(bytes[at + i]);
      std::array<char, 4> digits{};
      std::snprintf(digits.data(), digits.size(), " %02x", static_cast<unsigned>(byte));
      text += digits.data();
      letters += byte >= 0x20 && byte < 0x7f ? static_cast<char>(byte) : '.';
    }
    text += "  " + letters + "\n";
  }
  return text;
}

}  // namespace sluice::cli
