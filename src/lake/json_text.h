#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::lake {

/// Builds one JSON object as text, members in the order of the calls. Values are escaped; text that
/// is not valid UTF-8 is the caller's bug.
class JsonObject {
 public:
  JsonObject& text(std::string_view key, std::string_view value);
  JsonObject& number(std::string_view key, std::int64_t value);
  JsonObject& boolean(std::string_view key, bool value);
  JsonObject& null(std::string_view key);
  /// `json` goes in as it is.
  JsonObject& raw(std::string_view key, std::string_view json);

  bool empty() const { return body_.empty(); }
  /// The object with its braces.
  std::string finish() const { return "{" + body_ + "}"; }

 private:
  void key(std::string_view key);

  std::string body_;
};

/// `value` as a JSON string with its quotes.
std::string json_quoted(std::string_view value);

}  // namespace sluice::lake
