#include "lake/each_action.h"

#include <algorithm>

#include "base/ascii_text.h"
#include "base/json.h"

namespace sluice::lake {
namespace {

using Kinds = std::initializer_list<std::string_view>;

bool may_hold(std::string_view line, Kinds kinds) {
  if (kinds.size() == 0) return !is_blank(line);
  return std::ranges::any_of(kinds, [line](std::string_view kind) {
    return line.find('"' + std::string(kind) + '"') != std::string_view::npos;
  });
}

}  // namespace

Status each_action(
    std::string_view entry, Kinds kinds,
    const std::function<Status(const std::string& kind, const nlohmann::json& body)>& visit) {
  while (!entry.empty()) {
    const std::size_t end = std::min(entry.find('\n'), entry.size());
    const std::string_view line = entry.substr(0, end);
    entry.remove_prefix(std::min(end + 1, entry.size()));
    if (!may_hold(line, kinds)) continue;
    const Json action = parse_json(line);
    if (!action.is_object()) {
      return corruption_error("the Delta log cannot be read: a line is not a JSON object");
    }
    for (const auto& [kind, body] : action.items()) {
      if (kinds.size() > 0 && std::ranges::find(kinds, kind) == kinds.end()) continue;
      SLUICE_TRY(visit(kind, body));
    }
  }
  return {};
}

}  // namespace sluice::lake
