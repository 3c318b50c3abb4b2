#include "base/shown_text.h"

namespace sluice {
namespace {

unsigned byte_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

/// Bytes of the letter at `at`; 0: they are not UTF-8.
std::size_t letter_bytes(std::string_view text, std::size_t at) {
  const unsigned first = byte_at(text, at);
  std::size_t bytes = 1;
  if (first >= 0xF0U && first <= 0xF4U) {
    bytes = 4;
  } else if (first >= 0xE0U && first < 0xF0U) {
    bytes = 3;
  } else if (first >= 0xC2U && first < 0xE0U) {
    bytes = 2;
  } else if (first >= 0x80U) {
    return 0;
  }
  if (at + bytes > text.size()) return 0;
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte_at(text, at + i) & 0xC0U) != 0x80U) return 0;
  }
  return bytes;
}

void append_escaped(unsigned byte, std::string& out) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  out += "\\x";
  out += kDigits[byte >> 4U];
  out += kDigits[byte & 15U];
}

}  // namespace

std::string shown_text(std::string_view text, std::size_t bytes_max) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t bytes = letter_bytes(text, at);
    if (at + (bytes == 0 ? 1 : bytes) > bytes_max) return out + "...";
    const unsigned byte = byte_at(text, at);
    if (text[at] == '\n' || text[at] == '\r' || text[at] == '\t') {
      out += text[at] == '\n' ? "\\n" : text[at] == '\r' ? "\\r" : "\\t";
    } else if (bytes == 0 || byte < 0x20U || byte == 0x7FU) {
      append_escaped(byte, out);
    } else {
      out += text.substr(at, bytes);
    }
    at += bytes == 0 ? 1 : bytes;
  }
  return out;
}

}  // namespace sluice
