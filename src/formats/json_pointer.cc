#include "formats/json_pointer.h"

#include <algorithm>
#include <charconv>

#include <simdjson.h>

#include "data/arena.h"
#include "formats/json_unescape.h"

namespace sluice::formats {
namespace {

/// ~1 is /, ~0 is ~; nothing else may come after a ~.
std::optional<std::string> name_of(std::string_view token) {
  std::string name;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '~') {
      name += token[i];
      continue;
    }
    if (++i == token.size() || (token[i] != '0' && token[i] != '1')) return std::nullopt;
    name += token[i] == '1' ? '/' : '~';
  }
  return name;
}

std::optional<std::uint64_t> index_of(std::string_view token) {
  if (token.empty() || (token.size() > 1 && token.front() == '0')) return std::nullopt;
  std::uint64_t index = 0;
  const char* const end = token.data() + token.size();
  const auto [stop, code] = std::from_chars(token.data(), end, index);
  return code == std::errc() && stop == end ? std::optional(index) : std::nullopt;
}

}  // namespace

std::optional<JsonPointer> JsonPointer::parse(std::string_view text) {
  JsonPointer pointer;
  pointer.text_ = text;
  while (!text.empty()) {
    if (text.front() != '/') return std::nullopt;
    const std::size_t end = std::min(text.find('/', 1), text.size());
    const std::string_view token = text.substr(1, end - 1);
    auto name = name_of(token);
    if (!name || pointer.steps_.size() == kNestingMax) return std::nullopt;
    pointer.steps_.push_back({*std::move(name), index_of(token)});
    text.remove_prefix(end);
  }
  return pointer;
}

Reason JsonPointer::find(std::string_view json, std::string_view& value) const {
  const auto take = [&value](const char* at, const char* end, int depth, JsonSeen& seen) {
    const char* const after = skip_value(at, end, depth, seen);
    if (after != nullptr) value = {at, static_cast<std::size_t>(after - at)};
    return after;
  };
  return visit(json, take);
}

bool JsonPointer::is_name(std::string_view key, bool has_escapes, const std::string& name) {
  if (!has_escapes) return key == name;
  data::Arena arena;
  return unescape_json(key, arena) == name;
}

Reason JsonPointer::check_whole(std::string_view json, const JsonSeen& seen) {
  if (seen.high_bits == 0) return Reason::kNone;
  const bool valid = simdjson::validate_utf8(json.data(), json.size());
  return valid ? Reason::kNone : Reason::kInvalidUtf8;
}

Reason JsonPointer::why_not_json(std::string_view json) {
  if (json.find_first_not_of(" \t\r\n") == std::string_view::npos) return Reason::kEmpty;
  return json.starts_with("\xef\xbb\xbf") ? Reason::kByteOrderMark : Reason::kNotJson;
}

}  // namespace sluice::formats
