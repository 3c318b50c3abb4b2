#include "formats/json_path.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "formats/json_items.h"

namespace sluice::formats {
namespace {

bool read_index(std::string_view digits, std::int64_t& index) {
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
  return code == std::errc() && end == digits.data() + digits.size();
}

/// ~1 is /, ~0 is ~.
std::string pointer_name(std::string_view token) {
  std::string name;
  for (std::size_t i = 0; i < token.size(); ++i) {
    const bool escape = token[i] == '~' && i + 1 < token.size();
    if (!escape) {
      name += token[i];
    } else {
      name += token[++i] == '1' ? '/' : '~';
    }
  }
  return name;
}

std::string_view value_in(std::string_view json) {
  const char* const end = json.data() + json.size();
  const char* const first = skip_space(json.data(), end);
  JsonSeen seen;
  const char* const last = skip_value(first, end, 0, seen);
  return {first, static_cast<std::size_t>(last - first)};
}

std::optional<std::string_view> element_at(std::string_view list, std::int64_t index) {
  if (index < 0) {
    std::int64_t size = 0;
    for (JsonItems items(list); items.next();) ++size;
    index += size;
    if (index < 0) return std::nullopt;
  }
  for (JsonItems items(list); items.next();) {
    if (index-- == 0) return items.value();
  }
  return std::nullopt;
}

std::optional<std::string_view> member_of(std::string_view object, std::string_view name) {
  for (JsonItems items(object); items.next();) {
    if (items.has_key(name)) return items.value();
  }
  return std::nullopt;
}

}  // namespace

std::optional<JsonPath> JsonPath::parse(std::string_view path) {
  JsonPath made;
  if (path.starts_with('$')) return made.parse_dollar(path) ? std::optional(made) : std::nullopt;
  if (path.starts_with('/')) return made.parse_pointer(path) ? std::optional(made) : std::nullopt;
  made.steps_.push_back({std::string(path), std::nullopt, true});
  return made;
}

JsonPath JsonPath::element(std::int64_t index) {
  JsonPath made;
  made.steps_.push_back({"", index, false});
  return made;
}

bool JsonPath::take_brackets(std::string_view& path) {
  const std::size_t close = path.find(']');
  if (close == std::string_view::npos) return false;
  std::string_view digits = path.substr(1, close - 1);
  const bool from_end = digits.starts_with("#-");
  if (from_end) digits.remove_prefix(2);
  std::int64_t index = 0;
  if (!read_index(digits, index) || (from_end && index < 0)) return false;
  steps_.push_back({"", from_end ? -index : index, false});
  path.remove_prefix(close + 1);
  return true;
}

bool JsonPath::parse_dollar(std::string_view path) {
  path.remove_prefix(1);
  while (!path.empty()) {
    if (path.front() == '[') {
      if (!take_brackets(path)) return false;
      continue;
    }
    if (path.front() != '.') return false;
    path.remove_prefix(1);
    std::size_t end = 0;
    std::string name;
    if (path.starts_with('"')) {
      end = path.find('"', 1);
      if (end == std::string_view::npos) return false;
      name = path.substr(1, end - 1);
      ++end;
    } else {
      end = std::min(path.find_first_of(".["), path.size());
      name = path.substr(0, end);
      if (name.empty() || name.find('*') != std::string::npos) return false;
    }
    steps_.push_back({std::move(name), std::nullopt, true});
    path.remove_prefix(end);
  }
  return true;
}

bool JsonPath::parse_pointer(std::string_view path) {
  while (!path.empty()) {
    if (path.front() != '/') return false;
    const std::size_t end = std::min(path.find('/', 1), path.size());
    const std::string_view token = path.substr(1, end - 1);
    std::int64_t index = 0;
    const bool number = read_index(token, index) && index >= 0;
    steps_.push_back({pointer_name(token), number ? std::optional(index) : std::nullopt, true});
    path.remove_prefix(end);
  }
  return true;
}

std::optional<std::string_view> JsonPath::find(std::string_view json) const {
  std::optional<std::string_view> value = value_in(json);
  for (const Step& step : steps_) {
    if (value->front() == '{' && step.named) {
      value = member_of(*value, step.name);
    } else if (value->front() == '[' && step.index) {
      value = element_at(*value, *step.index);
    } else {
      return std::nullopt;
    }
    if (!value) return std::nullopt;
  }
  return value;
}

void append_without_blanks(std::string& out, std::string_view json) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
  bool in_string = false;
  std::size_t start = 0;  // of what is still to be copied
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string && c == '\\') {
      ++i;
    } else if (c == '"') {
      in_string = !in_string;
    } else if (!in_string && is_blank(c)) {
      out += json.substr(start, i - start);
      start = i + 1;
    }
  }
  out += json.substr(start);
}

}  // namespace sluice::formats
