#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::formats {

/// A place in a JSON value, in DuckDB's words: `$.a."b c"[0][#-1]`, `/a/0`, or the name of a member
/// alone. Patterns (`*`) are none. Immutable.
class JsonPath {
 public:
  /// Nothing: it is a pattern, or no path.
  static std::optional<JsonPath> parse(std::string_view path);
  /// The element number `index`; from the end where it is negative.
  static JsonPath element(std::int64_t index);

  /// The value as it is in `json`, which has been checked (is_json). Of two members of a name
  /// the first. Nothing: it is not there.
  std::optional<std::string_view> find(std::string_view json) const;

 private:
  struct Step {
    std::string name;
    std::optional<std::int64_t> index;
    bool named = true;
  };

  bool parse_dollar(std::string_view path);
  bool parse_pointer(std::string_view path);
  bool take_brackets(std::string_view& path);

  std::vector<Step> steps_;
};

/// Appends `json` without the blanks between its words; they stay as they are written. `json` is
/// checked.
void append_without_blanks(std::string& out, std::string_view json);

/// Spark's get_json_object: the value at `path` ($.a['b'][0][*]) of a text that Spark's parser
/// takes for JSON, a text without quotes, several as a list. Nothing: no JSON, no path, not there,
/// null.
std::optional<std::string> get_json_object(std::string_view text, std::string_view path);

}  // namespace sluice::formats
