#include "app/rehearsal/given_value.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "base/json.h"

namespace sluice::app {
namespace {

using Shape = ConfigValue::Shape;

bool is_decimal(char c) { return c >= '0' && c <= '9'; }

/// Whether it is a number of JSON.
bool is_number(const std::string& text) {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  const auto digits = [&] {
    const std::size_t begin = at;
    while (at < text.size() && is_decimal(text[at])) ++at;
    return at > begin;
  };
  const std::size_t first = at;
  if (!digits()) return false;
  if (text[first] == '0' && at > first + 1) return false;
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (!digits()) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (!digits()) return false;
  }
  return at == text.size();
}

/// 1.50 as 1.5, 1E1 as 10.
std::string plain_number(std::string text) {
  if (text.find_first_of("eE") != std::string::npos) {
    char digits[64];
    std::snprintf(digits, sizeof digits, "%.17g", std::strtod(text.c_str(), nullptr));
    text = digits;
    if (text.find_first_of("eE") != std::string::npos) return text;
  }
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
  }
  return text == "-0" ? "0" : text;
}

bool is_word(const ConfigValue& value) { return value.text() == "true" || value.text() == "false"; }

/// Whether YAML reads the text back as it is, without quotes.
bool is_plain(const std::string& text) {
  static constexpr const char* kOthers[] = {"true", "false", "null",  "yes",  "no",  "on",
                                            "off",  "True",  "False", "Null", "Yes", "No"};
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  if (text.empty() || !is_letter(text.front())) return false;
  if (std::ranges::find(kOthers, text) != std::end(kOthers)) return false;
  return std::ranges::all_of(
      text, [&](char c) { return is_letter(c) || is_decimal(c) || c == '-' || c == '.'; });
}

}  // namespace

bool is_null(const ConfigValue& value) {
  if (value.shape() == Shape::kNull) return true;
  return value.shape() == Shape::kScalar && !value.quoted() &&
         (value.text() == "null" || value.text() == "Null" || value.text() == "NULL");
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as YAML may be.
std::string json_of(const ConfigValue& value) {
  if (is_null(value)) return "null";
  std::string text;
  switch (value.shape()) {
    case Shape::kList:
      for (const ConfigValue& item : value.items())
        text += (text.empty() ? "" : ",") + json_of(item);
      return "[" + text + "]";
    case Shape::kMap:
      for (const ConfigValue::Entry& entry : value.entries()) {
        text += (text.empty() ? "" : ",") + dump_json(Json(entry.key)) + ":" + json_of(entry.value);
      }
      return "{" + text + "}";
    default:
      break;
  }
  const bool is_bare = !value.quoted() && (is_number(value.text()) || is_word(value));
  return is_bare ? value.text() : dump_json(Json(value.text()));
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as YAML may be.
std::string comparable(const ConfigValue& value) {
  if (is_null(value)) return "null";
  std::vector<std::string> parts;
  switch (value.shape()) {
    case Shape::kList:
      for (const ConfigValue& item : value.items()) parts.push_back(comparable(item));
      break;
    case Shape::kMap:
      for (const ConfigValue::Entry& entry : value.entries()) {
        parts.push_back(dump_json(Json(entry.key)) + ":" + comparable(entry.value));
      }
      std::ranges::sort(parts);
      break;
    default:
      return dump_json(Json(is_number(value.text()) ? plain_number(value.text()) : value.text()));
  }
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ",") + part;
  return value.shape() == Shape::kList ? "[" + text + "]" : "{" + text + "}";
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as YAML may be.
std::string flow_text(const ConfigValue& value) {
  if (is_null(value)) return "null";
  std::string text;
  switch (value.shape()) {
    case Shape::kList:
      for (const ConfigValue& item : value.items()) {
        text += (text.empty() ? "" : ", ") + flow_text(item);
      }
      return "[" + text + "]";
    case Shape::kMap:
      for (const ConfigValue::Entry& entry : value.entries()) {
        const std::string key = is_plain(entry.key) ? entry.key : dump_json(Json(entry.key));
        text += (text.empty() ? "" : ", ") + key + ": " + flow_text(entry.value);
      }
      return "{" + text + "}";
    default:
      break;
  }
  const bool is_bare = !value.quoted() && (is_number(value.text()) || is_word(value));
  return is_bare || is_plain(value.text()) ? value.text() : dump_json(Json(value.text()));
}

}  // namespace sluice::app
