#include "app/kafka/chosen_format.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/nearest.h"
#include "config/variables.h"
#include "config/yaml.h"
#include "formats/registry.h"

namespace sluice::app {
namespace {

/// An option in short: how it is written, and its name in the format's map.
struct ShortOption {
  const char* flag;
  const char* name;
  const std::string& text;
};

/// "avro", "avro: {...}" or "{avro: {...}}" as name and options.
Result<ConfigValue::Entry> parse_format(const std::string& text) {
  SLUICE_ASSIGN(const ConfigValue tree, config::parse_yaml(text, "--format"));
  SLUICE_ASSIGN(const ConfigValue given,
                config::put_in_variables(tree, config::system_variables({})));
  if (given.shape() == ConfigValue::Shape::kScalar) {
    return ConfigValue::Entry{given.text(), {}, ConfigValue::null({"--format", 0, 0})};
  }
  if (given.shape() == ConfigValue::Shape::kMap && given.entries().size() == 1) {
    const ConfigValue::Entry& entry = given.entries()[0];
    const ConfigValue::Shape shape = entry.value.shape();
    if (shape == ConfigValue::Shape::kMap || shape == ConfigValue::Shape::kNull) return entry;
  }
  return user_error(
      "--format takes one format with its options, such as avro or 'avro: {schema_file: "
      "order.avsc}'");
}

Status check_name(const std::string& name) {
  if (formats::find_format(name) != nullptr) return {};
  std::vector<std::string> names;
  for (const formats::FormatKind& kind : formats::all_formats()) names.push_back(kind.name);
  std::string hint = did_you_mean(name, names);
  if (hint.empty()) {
    hint = "; there are:";
    for (const std::string& known : names) hint += (&known == &names[0] ? " " : ", ") + known;
  }
  return user_error("--format: there is no format '" + name + "'" + hint);
}

}  // namespace

Result<std::optional<ConfigValue>> chosen_format(const RecordFormat& given) {
  const ShortOption shorts[] = {{"--schema", "schema_file", given.schema_file},
                                {"--registry", "registry", given.registry},
                                {"--message", "message", given.message}};
  if (given.format.empty()) {
    for (const ShortOption& option : shorts) {
      if (option.text.empty()) continue;
      return user_error(std::string(option.flag) +
                        " is an option of a format; name it, too: --format avro or protobuf");
    }
    return std::optional<ConfigValue>();
  }
  SLUICE_ASSIGN(ConfigValue::Entry chosen, parse_format(given.format));
  SLUICE_TRY(check_name(chosen.key));
  std::vector<ConfigValue::Entry> options = chosen.value.entries();
  for (const ShortOption& option : shorts) {
    if (option.text.empty()) continue;
    if (std::ranges::find(options, option.name, &ConfigValue::Entry::key) != options.end()) {
      return user_error(std::string("--format has the option '") + option.name + "', which is " +
                        option.flag + ", too; remove one of the two");
    }
    const Location place{option.flag, 0, 0};
    options.push_back({option.name, place, ConfigValue::scalar(option.text, true, place)});
  }
  const Location place = chosen.value.location();
  chosen.value = ConfigValue::map(std::move(options), place);
  return std::optional(ConfigValue::map({std::move(chosen)}, place));
}

}  // namespace sluice::app
