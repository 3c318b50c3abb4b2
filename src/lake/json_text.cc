#include "lake/json_text.h"

#include <array>
#include <cstdio>

namespace sluice::lake {

std::string json_quoted(std::string_view value) {
  std::string out = "\"";
  out.reserve(value.size() + 2);
  for (const char c : value) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      std::array<char, 8> escape{};
      std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(c));
      out += escape.data();
    } else {
      out += c;
    }
  }
  return out += '"';
}

void JsonObject::key(std::string_view key) {
  if (!body_.empty()) body_ += ',';
  body_ += json_quoted(key);
  body_ += ':';
}

JsonObject& JsonObject::text(std::string_view key, std::string_view value) {
  return raw(key, json_quoted(value));
}

JsonObject& JsonObject::number(std::string_view key, std::int64_t value) {
  return raw(key, std::to_string(value));
}

JsonObject& JsonObject::boolean(std::string_view key, bool value) {
  return raw(key, value ? "true" : "false");
}

JsonObject& JsonObject::null(std::string_view key) { return raw(key, "null"); }

JsonObject& JsonObject::raw(std::string_view key, std::string_view json) {
  this->key(key);
  body_ += json;
  return *this;
}

}  // namespace sluice::lake
