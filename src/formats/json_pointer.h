#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/json_cursor.h"
#include "formats/reason.h"

namespace sluice::formats {

/// A JSON Pointer (RFC 6901): `/payload/after`, `/records/0`; "" is the text as a whole.
/// Immutable.
class JsonPointer {
 public:
  /// Nothing: it is none.
  static std::optional<JsonPointer> parse(std::string_view text);

  const std::string& text() const { return text_; }

  /// Goes over `json` once, checks all of it strictly (RFC 8259, UTF-8), and lets `take` read the
  /// value that is there: `const char* take(const char* at, const char* end, int depth, JsonSeen&)`
  /// returns the position after it, or null when what is there breaks JSON's rules.
  /// kNone; kEmpty, kByteOrderMark, kNotJson, kInvalidUtf8: of the text as a whole, whatever was
  /// taken; kNothingThere; kPlaceTwice: a name on the way is there twice.
  template <class Take>
  Reason visit(std::string_view json, Take&& take) const;

  /// The value as it is in `json`; reasons as of visit().
  Reason find(std::string_view json, std::string_view& value) const;

 private:
  struct Step {
    std::string name;
    std::optional<std::uint64_t> index;  ///< of an element, where the value is a list
  };

  /// One text that is gone over.
  template <class Take>
  struct Visit {
    const std::vector<Step>& steps;
    const char* end = nullptr;
    Take& take;
    JsonSeen seen{};
    bool found = false;
    bool twice = false;

    const char* value(const char* at, std::size_t step);
    const char* object(const char* at, std::size_t step);
    const char* list(const char* at, std::size_t step);
  };

  static bool is_name(std::string_view key, bool has_escapes, const std::string& name);
  static Reason check_whole(std::string_view json, const JsonSeen& seen);
  static Reason why_not_json(std::string_view json);

  std::string text_;
  std::vector<Step> steps_;
};

template <class Take>
Reason JsonPointer::visit(std::string_view json, Take&& take) const {
  const char* const end = json.data() + json.size();
  Visit<Take> visit{steps_, end, take};
  const char* at = visit.value(skip_space(json.data(), end), 0);
  if (at == nullptr || skip_space(at, end) != end) return why_not_json(json);
  const Reason reason = check_whole(json, visit.seen);
  if (reason != Reason::kNone) return reason;
  if (visit.twice) return Reason::kPlaceTwice;
  return visit.found ? Reason::kNone : Reason::kNothingThere;
}

template <class Take>
const char* JsonPointer::Visit<Take>::value(const char* at, std::size_t step) {
  const int depth = static_cast<int>(step);
  if (at == end) return nullptr;
  if (step == steps.size()) {
    twice = twice || found;
    found = true;
    return take(at, end, depth, seen);
  }
  if (*at == '{') return object(at, step);
  if (*at == '[' && steps[step].index) return list(at, step);
  return skip_value(at, end, depth, seen);
}

template <class Take>
const char* JsonPointer::Visit<Take>::object(const char* at, std::size_t step) {
  at = skip_space(at + 1, end);
  if (at < end && *at == '}') return at + 1;
  bool met = false;
  for (;;) {
    if (at == end || *at != '"') return nullptr;
    const char* const key = at + 1;
    JsonSeen key_seen;
    at = skip_string(key, end, key_seen);
    if (at == nullptr) return nullptr;
    seen.high_bits |= key_seen.high_bits;
    const std::string_view name(key, static_cast<std::size_t>(at - 1 - key));
    at = skip_space(at, end);
    if (at == end || *at != ':') return nullptr;
    at = skip_space(at + 1, end);
    if (is_name(name, key_seen.escape, steps[step].name)) {
      twice = twice || met;
      met = true;
      at = value(at, step + 1);
    } else {
      at = skip_value(at, end, static_cast<int>(step) + 1, seen);
    }
    if (at == nullptr) return nullptr;
    at = skip_space(at, end);
    if (at < end && *at == '}') return at + 1;
    if (at == end || *at != ',') return nullptr;
    at = skip_space(at + 1, end);
  }
}

template <class Take>
const char* JsonPointer::Visit<Take>::list(const char* at, std::size_t step) {
  at = skip_space(at + 1, end);
  if (at < end && *at == ']') return at + 1;
  for (std::uint64_t i = 0;; ++i) {
    at = i == *steps[step].index ? value(at, step + 1)
                                 : skip_value(at, end, static_cast<int>(step) + 1, seen);
    if (at == nullptr) return nullptr;
    at = skip_space(at, end);
    if (at < end && *at == ']') return at + 1;
    if (at == end || *at != ',') return nullptr;
    at = skip_space(at + 1, end);
  }
}

}  // namespace sluice::formats
