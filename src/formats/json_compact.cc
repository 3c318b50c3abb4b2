#include "formats/json_compact.h"

#include <cmath>
#include <string>

#include "formats/json_cursor.h"
#include "formats/json_unescape.h"
#include "formats/number_text.h"
#include "formats/number_writer.h"

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

// Beyond U+FFFF Java's writer of bytes escapes both halves.
void append_pair(std::string& out, unsigned code) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const unsigned unit : {0xd7c0 + (code >> 10), 0xdc00 + (code & 0x3ff)}) {
    out += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) out += kHex[(unit >> shift) & 15];
  }
}

// A character of four bytes of UTF-8.
unsigned long_character(const char* at) {
  unsigned code = static_cast<unsigned char>(at[0]) & 7U;
  for (int i = 1; i < 4; ++i) code = code << 6 | (static_cast<unsigned char>(at[i]) & 0x3fU);
  return code;
}

// The escape at `at`, written again; returns the position after it.
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
  if (code > 0xffff) {
    append_pair(out, code);
  } else {
    append_escaped(out, code);
  }
  return at;
}

void append_number(std::string& out, std::string_view token) {
  double value = 0;
  if (token.find_first_of(".eE") == std::string_view::npos ||
      parse_float(token, Overflow::kInfinity, value) != Reason::kNone) {
    out += token == "-0" ? "0" : token;
  } else if (std::isinf(value)) {
    // No number of JSON's.
    out += value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
  } else {
    append_double(out, value);
  }
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t at = 0; at < text.size();) {
    // Whole runs of what stands for itself.
    std::size_t end = at;
    while (end < text.size() && static_cast<unsigned char>(text[end]) >= 0x20 && text[end] != '"' &&
           text[end] != '\\') {
      ++end;
    }
    out += text.substr(at, end - at);
    if (end < text.size()) append_escaped(out, static_cast<unsigned char>(text[end++]));
    at = end;
  }
  out += '"';
}

std::string_view compact_json(std::string_view json, data::Arena& arena) {
  std::string out;
  bool in_string = false;
  for (std::size_t at = 0; at < json.size();) {
    const char c = json[at];
    if (in_string && c == '\\') {
      at = append_unescaped(out, json, at);
      continue;
    }
    if (in_string && static_cast<unsigned char>(c) >= 0xf0) {
      append_pair(out, long_character(json.data() + at));
      at += 4;
      continue;
    }
    if (c == '"') in_string = !in_string;
    if (!in_string && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) {
      ++at;
    } else if (!in_string && (c == '-' || (c >= '0' && c <= '9'))) {
      const char* const start = json.data() + at;
      const auto bytes =
          static_cast<std::size_t>(skip_number(start, json.data() + json.size()) - start);
      append_number(out, {start, bytes});
      at += bytes;
    } else {
      out += c;
      ++at;
    }
  }
  return arena.copy(out);
}

}  // namespace sluice::formats
