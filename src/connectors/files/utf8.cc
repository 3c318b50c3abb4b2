#include "connectors/files/utf8.h"

#include <cstdint>
#include <cstring>

namespace sluice::connectors {
namespace {

/// Bytes of the sequence at the front of `text`, or 0: not valid. The bounds of the second byte
/// keep out overlong forms, surrogates and what is above U+10FFFF (RFC 3629, section 4).
std::size_t sequence_bytes(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  std::size_t size = 0;
  if (first >= 0xC2 && first <= 0xDF) size = 2;
  if (first >= 0xE0 && first <= 0xEF) size = 3;
  if (first >= 0xF0 && first <= 0xF4) size = 4;
  if (size == 0 || text.size() < size) return 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (first == 0xE0) low = 0xA0;
  if (first == 0xED) high = 0x9F;
  if (first == 0xF0) low = 0x90;
  if (first == 0xF4) high = 0x8F;
  if (byte(1) < low || byte(1) > high) return 0;
  for (std::size_t i = 2; i < size; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
  }
  return size;
}

}  // namespace

std::size_t valid_utf8_bytes(std::string_view text) {
  std::size_t done = 0;
  while (done < text.size()) {
    // Eight ASCII bytes at a time: nearly all texts are nothing else.
    std::uint64_t word = 0;
    if (text.size() - done >= sizeof(word)) {
      std::memcpy(&word, text.data() + done, sizeof(word));
      if ((word & 0x8080808080808080U) == 0) {
        done += sizeof(word);
        continue;
      }
    }
    const std::size_t bytes = sequence_bytes(text.substr(done));
    if (bytes == 0) break;
    done += bytes;
  }
  return done;
}

std::string repaired_utf8(std::string_view text) {
  std::string repaired;
  while (!text.empty()) {
    const std::size_t valid = valid_utf8_bytes(text);
    repaired += text.substr(0, valid);
    text.remove_prefix(valid);
    if (text.empty()) break;
    repaired += "\xEF\xBF\xBD";
    text.remove_prefix(1);
  }
  return repaired;
}

}  // namespace sluice::connectors
