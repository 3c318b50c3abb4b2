#include "formats/json_elements.h"

#include <string>

namespace sluice::formats {
namespace {

/// From the bracket of a list to after it; null: no JSON.
const char* take_elements(const char* at, const char* end, int depth, JsonSeen& seen,
                          std::vector<std::string_view>& out) {
  at = skip_space(at + 1, end);
  if (at < end && *at == ']') return at + 1;
  for (;;) {
    const char* const first = at;
    at = skip_value(first, end, depth + 1, seen);
    if (at == nullptr) return nullptr;
    out.emplace_back(first, static_cast<std::size_t>(at - first));
    at = skip_space(at, end);
    if (at < end && *at == ']') return at + 1;
    if (at == end || *at != ',') return nullptr;
    at = skip_space(at + 1, end);
  }
}

}  // namespace

Result<JsonElements> JsonElements::parse(std::string_view pointer) {
  const bool each = pointer.ends_with("/-");
  auto list = JsonPointer::parse(each ? pointer.substr(0, pointer.size() - 2) : pointer);
  if (!each || !list) {
    return user_error("'" + std::string(pointer) +
                      "' is not a JSON pointer to the elements of a list; it begins with / and "
                      "ends with /-, such as /events/-, or /- for a message that is a list");
  }
  return JsonElements(*std::move(list));
}

Reason JsonElements::split(std::string_view json, std::vector<std::string_view>& out) const {
  const std::size_t before = out.size();
  bool is_list = true;
  const auto take = [&](const char* at, const char* end, int depth, JsonSeen& seen) {
    if (*at == '[' && depth < kNestingMax) return take_elements(at, end, depth, seen, out);
    is_list = false;
    return skip_value(at, end, depth, seen);
  };
  Reason reason = list_.visit(json, take);
  if (reason == Reason::kNothingThere) reason = Reason::kNoElements;
  if (reason == Reason::kNone && !is_list) reason = Reason::kNotList;
  if (reason != Reason::kNone) out.resize(before);
  return reason;
}

}  // namespace sluice::formats
