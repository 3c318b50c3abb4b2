#include "formats/json_compact.h"

#include <string>

#include "formats/json_cursor.h"
#include "formats/json_unescape.h"
#include "formats/number_text.h"
#include "formats/value_text.h"

namespace sluice::formats {

namespace {

void append_escaped(std::string& out, unsigned code) {
  constexpr std::string_view kShort = "\"\\\b\f\n\r\t";
  constexpr std::string_view kLetters = "\"\\bfnrt";
  const std::size_t known =
      code < 0x80 ? kShort.find(static_cast<char>(code)) : std::string_view::npos;
  if (known != std::string_view::npos) {
    out += '\\';
    out += kLetters[known];
  } else if (code < 0x20) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    out += "\\u00";
    out += kHex[code >> 4];
    out += kHex[code & 15];
  } else {
    char utf8[4];
    out.append(utf8, write_utf8(utf8, code));
  }
}

// The escape at `at`, written anew; returns the position behind it.
std::size_t append_unescaped(std::string& out, std::string_view json, std::size_t at) {
  const char c = json[at + 1];
  if (c != 'u') {
    constexpr std::string_view kLetters = "\"\\/bfnrt";
    constexpr std::string_view kMeaning = "\"\\/\b\f\n\r\t";
    append_escaped(out, static_cast<unsigned char>(kMeaning[kLetters.find(c)]));
    return at + 2;
  }
  const char* const end = json.data() + json.size();
  auto code = static_cast<unsigned>(escaped_unit(json.data() + at, end));
  at += 6;
  if (code >= 0xd800 && code <= 0xdbff) {
    code = 0x10000 + ((code - 0xd800) << 10) +
           (static_cast<unsigned>(escaped_unit(json.data() + at, end)) - 0xdc00);
    at += 6;
  }
  append_escaped(out, code);
  return at;
}

void append_number(std::string& out, std::string_view token, data::Arena& arena) {
  double value = 0;
  if (token.find_first_of(".eE") == std::string_view::npos ||
      parse_float(token, Overflow::kInfinity, value) != Reason::kNone) {
    out += token;
  } else {
    out += java_double_text(value, arena);
  }
}

}  // namespace

std::string_view compact_json(std::string_view json, data::Arena& arena) {
  std::string out;
  bool in_string = false;
  for (std::size_t at = 0; at < json.size();) {
    const char c = json[at];
    if (in_string && c == '\\') {
      at = append_unescaped(out, json, at);
      continue;
    }
    if (c == '"') in_string = !in_string;
    if (!in_string && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) {
      ++at;
    } else if (!in_string && (c == '-' || (c >= '0' && c <= '9'))) {
      const char* const start = json.data() + at;
      const auto bytes =
          static_cast<std::size_t>(skip_number(start, json.data() + json.size()) - start);
      append_number(out, {start, bytes}, arena);
      at += bytes;
    } else {
      out += c;
      ++at;
    }
  }
  return arena.copy(out);
}

}  // namespace sluice::formats
