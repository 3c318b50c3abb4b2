#include "formats/json_cursor.h"

#include <bitset>

#include <simdjson.h>

namespace sluice::formats {

namespace {

// From after a backslash to after the escape; a surrogate must have its other half.
const char* skip_escape(const char* at, const char* end) {
  if (at == end) return nullptr;
  if (std::string_view("\"\\/bfnrt").find(*at) != std::string_view::npos) return at + 1;
  const int unit = escaped_unit(at - 1, end);
  if (unit < 0) return nullptr;
  at += 5;
  if (unit < 0xd800 || unit > 0xdfff) return at;
  const int low = unit > 0xdbff ? -1 : escaped_unit(at, end);
  return low >= 0xdc00 && low <= 0xdfff ? at + 6 : nullptr;
}

// After a scalar.
const char* skip_scalar(const char* at, const char* end, JsonSeen& seen) {
  switch (*at) {
    case '"':
      return skip_string(at + 1, end, seen);
    case 't':
      return skip_word(at, end, "true");
    case 'f':
      return skip_word(at, end, "false");
    case 'n':
      return skip_word(at, end, "null");
    default:
      return skip_number(at, end);
  }
}

// After `"key":` and the blanks around it.
const char* skip_key(const char* at, const char* end, JsonSeen& seen) {
  at = skip_space(at, end);
  if (at == end || *at != '"') return nullptr;
  at = skip_string(at + 1, end, seen);
  if (at == nullptr) return nullptr;
  at = skip_space(at, end);
  if (at == end || *at != ':') return nullptr;
  return skip_space(at + 1, end);
}

}  // namespace

int escaped_unit(const char* at, const char* end) {
  if (end - at < 6 || at[0] != '\\' || at[1] != 'u') return -1;
  int unit = 0;
  for (int i = 2; i < 6; ++i) {
    const char c = at[i];
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

const char* skip_string_with_escapes(const char* at, const char* end, JsonSeen& seen) {
  while (at < end) {
    if (*at == '"') return at + 1;
    if (*at != '\\') return nullptr;
    seen.escape = true;
    at = skip_escape(at + 1, end);
    if (at == nullptr) return nullptr;
    at = scan_plain(at, end, seen);
  }
  return nullptr;
}

const char* skip_value(const char* at, const char* end, int depth, JsonSeen& seen) {
  std::bitset<kNestingMax> is_object;
  std::size_t level = 0;
  for (;;) {
    if (at == end) return nullptr;
    bool opened = false;
    if (*at == '{' || *at == '[') {
      if (level + static_cast<std::size_t>(depth) >= kNestingMax) return nullptr;
      is_object[level++] = *at == '{';
      at = skip_space(at + 1, end);
      opened = at < end && *at != '}' && *at != ']';
    } else {
      at = skip_scalar(at, end, seen);
      if (at == nullptr) return nullptr;
    }
    // Closes what ends here, up to the comma before the next value.
    while (!opened && level > 0) {
      at = skip_space(at, end);
      if (at == end) return nullptr;
      if (*at == ',') {
        at = skip_space(at + 1, end);
        break;
      }
      if (*at != (is_object[level - 1] ? '}' : ']')) return nullptr;
      ++at;
      --level;
    }
    if (level == 0) return at;
    if (is_object[level - 1]) {
      at = skip_key(at, end, seen);
      if (at == nullptr) return nullptr;
    }
  }
}

bool is_json(std::string_view text) {
  const char* const end = text.data() + text.size();
  JsonSeen seen;
  const char* at = skip_value(skip_space(text.data(), end), end, 0, seen);
  if (at == nullptr || skip_space(at, end) != end) return false;
  return seen.high_bits == 0 || simdjson::validate_utf8(text.data(), text.size());
}

}  // namespace sluice::formats
