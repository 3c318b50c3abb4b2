#include "app/transfer/source_text.h"

#include <algorithm>
#include <utility>

#include "app/transfer/inferred_columns.h"
#include "app/transfer/refused_columns.h"
#include "app/transfer/yaml_text.h"
#include "config/yaml.h"

namespace sluice::app {
namespace {

bool declares(const std::vector<OptionSpec>& specs, std::string_view name) {
  return std::ranges::find(specs, name, &OptionSpec::name) != specs.end();
}

/// The options of a map, whatever is in it.
ConfigValue as_map(const ConfigValue& given) {
  return given.shape() == ConfigValue::Shape::kMap ? given : ConfigValue::map({}, given.location());
}

ConfigValue columns_option(const data::Schema& schema) {
  std::vector<ConfigValue::Entry> columns;
  for (const data::Field& field : schema.fields()) {
    columns.push_back(connector::address_option(field.name, field.type.to_string()));
  }
  return ConfigValue::map(std::move(columns), {});
}

Result<ConfigValue> schema_option(const std::string& text) {
  auto schema = data::Schema::parse(text);
  if (!schema) return user_error("--schema: " + schema.error().message());
  if (schema->size() == 0) return user_error("--schema: there are no columns in it");
  return columns_option(*schema);
}

/// Sets `schema` to what is seen, with texts in the place of columns that do not decode as what
/// they look like: another program's rules find more in a text than a pipeline's.
Status keep_what_decodes(const std::string& kind, connector::AddressOptions& options,
                         InferredColumns& seen, const connector::Registry& registry,
                         const connector::Context& context) {
  while (true) {
    set_option(options, {"schema", {}, columns_option(seen.schema)});
    SLUICE_ASSIGN(const auto refused,
                  refused_columns(kind, options, seen.file, kWholeBytesMax, registry, context));
    std::vector<data::Field> fields = seen.schema.fields();
    bool any = false;
    for (const std::size_t column : refused) {
      any = any || fields[column].type.id() != data::TypeId::kVarchar;
      fields[column].type = data::TypeId::kVarchar;
    }
    if (!any) return {};
    seen.schema = data::Schema(std::move(fields));
  }
}

/// "json", "json: {...}" or "{json: {...}}" as a map with one key.
Result<ConfigValue::Entry> format_option(const std::string& text) {
  SLUICE_ASSIGN(const ConfigValue given, config::parse_yaml(text, "--format"));
  if (given.shape() == ConfigValue::Shape::kScalar) {
    return ConfigValue::Entry{given.text(), {}, ConfigValue::map({}, {})};
  }
  if (given.shape() == ConfigValue::Shape::kMap && given.entries().size() == 1) {
    ConfigValue::Entry entry = given.entries()[0];
    entry.value = as_map(entry.value);
    return entry;
  }
  return user_error(
      "--format takes one format with its options, such as 'json: {schema: {id: BIGINT}}'");
}

}  // namespace

void set_option(connector::AddressOptions& options, ConfigValue::Entry entry) {
  const auto there = std::ranges::find(options, entry.key, &ConfigValue::Entry::key);
  if (there == options.end()) {
    options.push_back(std::move(entry));
  } else {
    *there = std::move(entry);
  }
}

Status set_options(connector::AddressOptions& options, const std::vector<std::string>& texts,
                   const std::string& flag) {
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return user_error(flag + " " + text + ": write " + flag + " NAME=VALUE");
    }
    const std::string name = text.substr(0, equals);
    SLUICE_ASSIGN(ConfigValue value,
                  config::parse_yaml(text.substr(equals + 1), flag + " " + name));
    set_option(options, {name, {}, std::move(value)});
  }
  return {};
}

Result<SourceText> source_text(const SourceChoice& choice, const connector::Registry& registry,
                               const connector::Context& context) {
  const connector::Address address = connector::Address::parse(choice.address);
  SourceText made;
  SLUICE_ASSIGN(made.address, AddressKinds(registry, context.files).source(address));
  made.kind = made.address.kind;
  const connector::SourceKind& kind = *registry.source(made.kind);
  connector::AddressOptions options = made.address.options;
  std::optional<ConfigValue::Entry> format;
  if (!choice.format.empty()) {
    SLUICE_ASSIGN(format, format_option(choice.format));
  }
  if (!choice.schema.empty()) {
    SLUICE_ASSIGN(ConfigValue schema, schema_option(choice.schema));
    if (declares(kind.options, "schema") || !kind.format.empty()) {
      set_option(options, {"schema", {}, std::move(schema)});
    } else {
      if (!format) format = {"json", {}, ConfigValue::map({}, {})};
      connector::AddressOptions inside = format->value.entries();
      set_option(inside, {"schema", {}, std::move(schema)});
      format->value = ConfigValue::map(std::move(inside), {});
    }
  }
  SLUICE_TRY(set_options(options, choice.options, "--from-option"));
  const bool is_text = kind.format == "csv" || kind.format == "json";
  if (is_text && std::ranges::find(options, "schema", &ConfigValue::Entry::key) == options.end()) {
    SLUICE_ASSIGN(InferredColumns seen, infer_columns(kind.format, made.address.path, context));
    // What a user says of the text goes before what it looks like.
    connector::AddressOptions all = seen.options;
    for (ConfigValue::Entry& entry : options) set_option(all, std::move(entry));
    std::ranges::rotate(all, all.begin() + static_cast<std::ptrdiff_t>(seen.options.size()));
    options = std::move(all);
    SLUICE_TRY(keep_what_decodes(made.kind, options, seen, registry, context));
    made.inferred = seen.file + ": " + seen.schema.to_string();
  }
  made.is_raw = !format && kind.format.empty();
  made.yaml =
      "    " + made.kind + ": " + yaml_text(ConfigValue::map(std::move(options), {})) + "\n";
  if (format) made.yaml += "    format: " + yaml_text(ConfigValue::map({*format}, {})) + "\n";
  return made;
}

}  // namespace sluice::app
