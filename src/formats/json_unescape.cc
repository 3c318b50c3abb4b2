#include "formats/json_unescape.h"

#include <cstring>

#include "formats/json_cursor.h"

namespace sluice::formats {

namespace {

char meaning_of(char letter) {
  switch (letter) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return letter;
  }
}

}  // namespace

char* write_utf8(char* out, unsigned code) {
  const auto tail = [&](int shift) { *out++ = static_cast<char>(0x80 | ((code >> shift) & 0x3f)); };
  if (code < 0x80) {
    *out++ = static_cast<char>(code);
  } else if (code < 0x800) {
    *out++ = static_cast<char>(0xc0 | code >> 6);
    tail(0);
  } else if (code < 0x10000) {
    *out++ = static_cast<char>(0xe0 | code >> 12);
    tail(6);
    tail(0);
  } else {
    *out++ = static_cast<char>(0xf0 | code >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
  return out;
}

std::string_view unescape_json(std::string_view content, data::Arena& arena) {
  // No escape is shorter than what it means.
  char* const start = arena.allocate(content.size());
  char* out = start;
  const char* at = content.data();
  const char* const end = at + content.size();
  while (at < end) {
    const auto* escape =
        static_cast<const char*>(std::memchr(at, '\\', static_cast<std::size_t>(end - at)));
    const char* const stop = escape == nullptr ? end : escape;
    std::memcpy(out, at, static_cast<std::size_t>(stop - at));
    out += stop - at;
    at = stop;
    if (at == end) break;
    if (at[1] != 'u') {
      *out++ = meaning_of(at[1]);
      at += 2;
      continue;
    }
    auto code = static_cast<unsigned>(escaped_unit(at, end));
    at += 6;
    if (code >= 0xd800 && code <= 0xdbff) {
      const auto low = static_cast<unsigned>(escaped_unit(at, end));
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      at += 6;
    }
    out = write_utf8(out, code);
  }
  return {start, static_cast<std::size_t>(out - start)};
}

}  // namespace sluice::formats
