#include "base/utf8_text.h"

#include <cstdint>
#include <cstring>

namespace sluice {
namespace {

/// How many bytes a sequence beginning with `first` has, and the range of its second byte.
struct SequenceForm {
  std::size_t bytes = 0;
  unsigned second_min = 0x80;
  unsigned second_max = 0xbf;
};

SequenceForm form_of(unsigned char first) {
  if (first < 0x80) return {1};
  if (first >= 0xc2 && first <= 0xdf) return {2};
  if (first == 0xe0) return {3, 0xa0, 0xbf};
  if (first == 0xed) return {3, 0x80, 0x9f};
  if (first >= 0xe1 && first <= 0xef) return {3};
  if (first == 0xf0) return {4, 0x90, 0xbf};
  if (first == 0xf4) return {4, 0x80, 0x8f};
  if (first >= 0xf1 && first <= 0xf3) return {4};
  return {};
}

/// How many ASCII bytes are at the beginning, eight at a time: perhaps fewer than there are.
std::size_t ascii_words(std::string_view bytes) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080ULL;
  std::size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, 8);
    if ((word & kHighBits) != 0) break;
  }
  return at;
}

/// A sequence at the beginning: how many of its bytes are right, and whether it is whole.
struct Sequence {
  std::size_t bytes = 0;
  bool whole = false;
};

Sequence read_sequence(std::string_view bytes) {
  const SequenceForm form = form_of(static_cast<unsigned char>(bytes[0]));
  std::size_t good = form.bytes == 0 ? 0 : 1;
  while (good > 0 && good < form.bytes && good < bytes.size()) {
    const auto byte = static_cast<unsigned char>(bytes[good]);
    const unsigned low = good == 1 ? form.second_min : 0x80;
    const unsigned high = good == 1 ? form.second_max : 0xbf;
    if (byte < low || byte > high) break;
    ++good;
  }
  return {good, good > 0 && good == form.bytes};
}

}  // namespace

std::size_t valid_utf8_bytes(std::string_view bytes) {
  std::size_t at = ascii_words(bytes);
  while (at < bytes.size()) {
    const Sequence sequence = read_sequence(bytes.substr(at));
    if (!sequence.whole) break;
    at += sequence.bytes;
    if (sequence.bytes == 1) at += ascii_words(bytes.substr(at));
  }
  return at;
}

bool is_utf8(std::string_view bytes) { return valid_utf8_bytes(bytes) == bytes.size(); }

std::string with_valid_utf8(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  for (std::size_t at = 0; at < bytes.size();) {
    const Sequence sequence = read_sequence(bytes.substr(at));
    if (sequence.whole) {
      out += bytes.substr(at, sequence.bytes);
      at += sequence.bytes;
    } else {
      out += "\xef\xbf\xbd";
      at += sequence.bytes > 0 ? sequence.bytes : 1;
    }
  }
  return out;
}

}  // namespace sluice
