#include "app/transfer/yaml_text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>

namespace sluice::app {
namespace {

/// Letters, digits and what means nothing in YAML between them.
bool is_plain(const std::string& text) {
  if (text.empty()) return false;
  const auto first = static_cast<unsigned char>(text.front());
  if (std::isalnum(first) == 0 && first != '/' && first != '_') return false;
  return std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '.' || c == '/' || c == '-';
  });
}

std::string quoted_text(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      std::array<char, 8> code{};
      std::snprintf(code.data(), code.size(), "\\x%02x", static_cast<unsigned>(c));
      out += code.data();
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace

std::string yaml_scalar(const std::string& text, bool quoted) {
  // Unquoted text that came from YAML keeps its meaning (1, true) only when it stays unquoted.
  static constexpr std::array<std::string_view, 8> kWords = {"null", "true", "false", "yes",
                                                             "no",   "on",   "off",   "y"};
  const bool is_negative =
      !quoted && text.size() > 1 && text.front() == '-' && is_plain(text.substr(1));
  if (is_negative) return text;
  const bool could_be_else =
      quoted && (std::isdigit(static_cast<unsigned char>(text.empty() ? '0' : text.front())) != 0 ||
                 std::ranges::find(kWords, text) != kWords.end());
  return is_plain(text) && !could_be_else ? text : quoted_text(text);
}

std::string yaml_text(const ConfigValue& value) {
  using Shape = ConfigValue::Shape;
  std::string text;
  switch (value.shape()) {
    case Shape::kNull:
      return "null";
    case Shape::kScalar:
      return yaml_scalar(value.text(), value.quoted());
    case Shape::kList:
      for (const ConfigValue& item : value.items()) {
        text += (text.empty() ? "" : ", ") + yaml_text(item);
      }
      return "[" + text + "]";
    case Shape::kMap:
      for (const ConfigValue::Entry& entry : value.entries()) {
        text += (text.empty() ? "" : ", ") + yaml_scalar(entry.key, /*quoted=*/true) + ": " +
                yaml_text(entry.value);
      }
      return "{" + text + "}";
  }
  return text;
}

}  // namespace sluice::app
