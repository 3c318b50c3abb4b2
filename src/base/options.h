#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/config_value.h"
#include "sluice/base/result.h"
#include "sluice/base/secret.h"

namespace sluice {

enum class OptionType : unsigned char {
  kBoolean,
  kInteger,  ///< 64-bit; `_` between digits allowed
  kDouble,
  kText,
  kSecret,    ///< text that is never shown
  kPath,      ///< a file or folder, relative to the working directory
  kDuration,  ///< "5s", "200ms", "1m 30s", "2h"; kept in microseconds
  kByteSize,  ///< "64MiB", "10MB", "4096"; kept in bytes
  kChoice,    ///< one of OptionSpec::choices
  kTextList,  ///< a list of texts; a single text is a list of one
  kTextMap,   ///< a map of texts
  kSchema,    ///< a map of column name -> SQL type, in order
  kAny,       ///< shape checked by the connector itself (say which in `text`)
};

/// One option, declared once: validation, messages, `sluice reference`, the JSON Schema and editor
/// completion are all made of this.
struct OptionSpec {
  std::string name;
  OptionType type = OptionType::kText;
  std::string text;          ///< one or two sentences: meaning, unit, effect
  std::string default_text;  ///< as a user would write it; empty: no default
  bool required = false;
  std::vector<std::string> choices;  ///< of kChoice
  std::optional<double> minimum;
  std::optional<double> maximum;
  std::string example;      ///< shown in the reference page
  std::string schema_json;  ///< JSON Schema of a kAny option; empty: anything
};

/// Name of the type in messages and in the reference page: "duration", "list of texts", ...
std::string option_type_name(OptionType type);

/// Validated options: every declared option that was given or has a default, typed.
class Options {
 public:
  /// Checks the map `given` (or null: nothing given) against `specs`: unknown keys (with the
  /// nearest known one), missing, mistyped, out-of-range values. `subject` names the table in
  /// messages: "the kafka source". kUser errors carry file, line and column.
  static Result<Options> validate(const std::vector<OptionSpec>& specs, const ConfigValue& given,
                                  std::string_view subject);

  /// Given by the user or by a default.
  bool has(std::string_view name) const;

  // The typed values. Asking for an option that is not there, or by another type, is a bug: for an
  // option without default ask has() first.
  bool boolean(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;  ///< also bytes of kByteSize, µs of kDuration
  double number(std::string_view name) const;
  const std::string& text(std::string_view name) const;  ///< kText, kPath, kChoice
  Secret secret(std::string_view name) const;
  std::vector<std::string> text_list(std::string_view name) const;
  std::map<std::string, std::string> text_map(std::string_view name) const;

  /// The value as it is in the file: for kAny and kSchema, and for messages with its place
  /// (`options.value("topic").error("...")`). A default has the place of the whole table.
  const ConfigValue& value(std::string_view name) const;

 private:
  struct Entry {
    OptionType type = OptionType::kText;
    ConfigValue value;
    std::int64_t integer = 0;
    double number = 0;
  };

  const Entry& entry(std::string_view name) const;

  std::map<std::string, Entry, std::less<>> entries_;
};

/// Reads "5s", "200ms", "1m 30s", "500us", "2h", "1d"; null when it is none.
std::optional<std::int64_t> parse_duration_micros(std::string_view text);
/// Reads "4096", "64MiB", "10 MB", "1g"; null when it is none.
std::optional<std::int64_t> parse_byte_size(std::string_view text);

}  // namespace sluice
