#pragma once

#include <string>
#include <string_view>

#include "data/arena.h"
#include "formats/json_cursor.h"
#include "formats/json_unescape.h"

namespace sluice::formats {

/// Goes through the members of an object or the elements of a list that has been checked (is_json).
class JsonItems {
 public:
  /// `container` begins with its brace or bracket.
  explicit JsonItems(std::string_view container)
      : at_(container.data() + 1),
        end_(container.data() + container.size()),
        is_object_(container.front() == '{') {}

  /// Moves to the next item; false after the last.
  bool next() {
    at_ = skip_space(at_, end_);
    if (*at_ == ',') at_ = skip_space(at_ + 1, end_);
    if (*at_ == '}' || *at_ == ']') return false;
    JsonSeen seen;
    if (is_object_) {
      const char* const first = at_ + 1;
      at_ = skip_string(first, end_, seen);
      key_ = {first, static_cast<std::size_t>(at_ - 1 - first)};
      at_ = skip_space(skip_space(at_, end_) + 1, end_);
    }
    const char* const first = at_;
    at_ = skip_value(first, end_, 0, seen);
    value_ = {first, static_cast<std::size_t>(at_ - first)};
    return true;
  }

  /// Of a member: what is between its quotes, escapes and all.
  std::string_view raw_key() const { return key_; }
  bool has_key(std::string_view name) const {
    if (key_.find('\\') == std::string_view::npos) return key_ == name;
    data::Arena arena;
    return unescape_json(key_, arena) == name;
  }
  std::string_view value() const { return value_; }

 private:
  const char* at_;
  const char* end_;
  bool is_object_;
  std::string_view key_;
  std::string_view value_;
};

/// The text that a JSON string means, which is there with its quotes.
inline std::string string_of(std::string_view token) {
  const std::string_view content = token.substr(1, token.size() - 2);
  if (content.find('\\') == std::string_view::npos) return std::string(content);
  data::Arena arena;
  return std::string(unescape_json(content, arena));
}

}  // namespace sluice::formats
