#include <nlohmann/json.hpp>

#include "app/reference/option_tables.h"
#include "base/json.h"
#include "config/alert_keys.h"
#include "config/keys.h"
#include "sluice/reference.h"

namespace sluice::app {
namespace {

using Of = OptionTable::Of;

constexpr const char* kNamePattern = "^[A-Za-z_][A-Za-z0-9_]*$";
constexpr const char* kDurationPattern =
    R"(^\s*0\s*$|^\s*([0-9.]+\s*(us|ms|s|sec|seconds?|m|min|minutes?|h|hours?|d|days?)\s*)+$|\$\{)";
constexpr const char* kByteSizePattern = R"(^\s*[0-9.]+\s*([kKmMgGtT]([iI]?[bB])?|[bB])?\s*$|\$\{)";

const OrderedJson& variable() {
  static const OrderedJson kVariable = {{"type", "string"}, {"pattern", R"(\$\{)"}};
  return kVariable;
}

const OrderedJson& scalar_types() {
  static const OrderedJson kTypes = {"string", "number", "boolean"};
  return kTypes;
}

void add_range(OrderedJson& json, const OptionSpec& spec) {
  auto number = [&](double value) {
    return spec.type == OptionType::kDouble ? OrderedJson(value)
                                            : OrderedJson(static_cast<std::int64_t>(value));
  };
  if (spec.minimum) json["minimum"] = number(*spec.minimum);
  if (spec.maximum && *spec.maximum < 9e15) json["maximum"] = number(*spec.maximum);
}

/// A value of this type as editors check it. Wherever ${...} may be, a text with one is fine.
OrderedJson type_schema(const OptionSpec& spec) {
  switch (spec.type) {
    case OptionType::kBoolean:
      return {{"anyOf", {{{"type", "boolean"}}, variable()}}};
    case OptionType::kInteger:
    case OptionType::kDouble: {
      OrderedJson number = {{"type", spec.type == OptionType::kInteger ? "integer" : "number"}};
      add_range(number, spec);
      return {{"anyOf", {number, variable()}}};
    }
    case OptionType::kText:
    case OptionType::kSecret:
      return {{"type", scalar_types()}};
    case OptionType::kPath:
      return {{"type", "string"}};
    case OptionType::kDuration:
      return {{"anyOf", {{{"const", 0}}, {{"type", "string"}, {"pattern", kDurationPattern}}}}};
    case OptionType::kByteSize:
      return {{"type", {"string", "integer"}}, {"pattern", kByteSizePattern}};
    case OptionType::kChoice:
      return {{"anyOf", {{{"enum", spec.choices}}, variable()}}};
    case OptionType::kTextList: {
      const OrderedJson item = spec.choices.empty() ? OrderedJson{{"type", scalar_types()}}
                                                    : OrderedJson{{"enum", spec.choices}};
      return {{"anyOf", {item, {{"type", "array"}, {"items", item}}}}};
    }
    case OptionType::kTextMap:
      return {{"type", "object"}, {"additionalProperties", {{"type", scalar_types()}}}};
    case OptionType::kSchema:
      return {
          {"type", "object"}, {"minProperties", 1}, {"additionalProperties", {{"type", "string"}}}};
    case OptionType::kAny:
      if (spec.schema_json.empty()) return OrderedJson::object();
      return OrderedJson::parse(spec.schema_json);
  }
  return OrderedJson::object();
}

OrderedJson default_of(const OptionSpec& spec) {
  if (spec.type == OptionType::kInteger || spec.type == OptionType::kDouble ||
      spec.type == OptionType::kBoolean) {
    OrderedJson parsed = OrderedJson::parse(spec.default_text, nullptr, /*allow_exceptions=*/false);
    if (!parsed.is_discarded()) return parsed;
  }
  return spec.default_text;
}

OrderedJson option_schema(const OptionSpec& spec) {
  OrderedJson json;
  json["description"] = spec.text;
  json.update(type_schema(spec));
  if (!spec.default_text.empty()) json["default"] = default_of(spec);
  if (!spec.example.empty()) json["examples"] = {spec.example};
  return json;
}

/// An object with exactly these options.
OrderedJson table_schema(const OptionTable& table) {
  OrderedJson json;
  json["description"] = table.text;
  json["type"] = {"object", "null"};
  json["additionalProperties"] = false;
  json["properties"] = OrderedJson::object();
  OrderedJson required = OrderedJson::array();
  for (const OptionSpec& spec : table.options) {
    json["properties"][spec.name] = option_schema(spec);
    if (spec.required) required.push_back(spec.name);
  }
  if (!required.empty()) {
    json["type"] = "object";
    json["required"] = required;
  }
  return json;
}

OrderedJson reference_to(const std::string& definition) {
  return {{"$ref", "#/$defs/" + definition}};
}

std::string definition_name(const OptionTable& table) {
  std::string name = table.name;
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
}

class SchemaMaker {
 public:
  explicit SchemaMaker(const std::vector<OptionTable>& tables) : tables_(tables) {}

  OrderedJson make() {
    OrderedJson root = table_schema(table_of(Of::kPipeline));
    OrderedJson properties = root["properties"];
    properties["sources"].update(named(reference_to("source")));
    properties["tables"].update(named(reference_to("table")));
    const OrderedJson text = {{"type", "string"}, {"description", "A SELECT statement."}};
    properties["views"].update(named({{"anyOf", {text, reference_to("view")}}}));
    properties["functions"].update(named(reference_to("function")));
    properties["sinks"].update(named(reference_to("sink")));
    properties["charts"].update(named(reference_to("chart")));
    properties["ui"].update(reference_to("ui"));
    properties["trigger"].update(trigger());
    properties["backup"].update(reference_to("backup"));
    properties["engine"].update(reference_to("engine"));
    properties["lint"].update(reference_to("lint"));
    properties["s3"].update(reference_to("s3"));
    properties["mounts"].update(named(reference_to("mount")));
    properties["alerts"].update(loosely_named(reference_to("alert")));
    properties["notify"].update(loosely_named(reference_to("receiver")));
    properties["tests"].update(tests());
    return document("sluice pipeline", root, properties, definitions());
  }

  /// Of a file of tests.
  OrderedJson make_tests() {
    OrderedJson root = table_schema(table_of(Of::kTest));
    root["type"] = "object";
    OrderedJson properties = root["properties"];
    properties["tests"].update(tests());
    properties["columns"].update(
        {{"type", "object"}, {"additionalProperties", {{"type", "object"}}}});
    OrderedJson parts;
    add_test_definitions(parts);
    return document("sluice tests", root, properties, parts);
  }

 private:
  const OptionTable& table_of(Of of, const std::string& key = "") const {
    return *std::ranges::find_if(tables_, [&](const OptionTable& table) {
      return table.of == of && (key.empty() || table.key == key);
    });
  }

  static OrderedJson document(const char* title, const OrderedJson& root,
                              const OrderedJson& properties, const OrderedJson& definitions) {
    OrderedJson json;
    json["$schema"] = "https://json-schema.org/draft/2020-12/schema";
    json["title"] = title;
    json.update(root);
    json["properties"] = properties;
    json["$defs"] = definitions;
    return json;
  }

  static OrderedJson tests() {
    return {
        {"type", "object"}, {"minProperties", 1}, {"additionalProperties", reference_to("test")}};
  }

  void add_test_definitions(OrderedJson& definitions) const {
    for (const char* key : {"tests", "batches"}) {
      const OptionTable& table = table_of(Of::kTest, key);
      definitions[definition_name(table)] = table_schema(table);
    }
    const OrderedJson rows = {{"type", {"object", "null"}},
                              {"additionalProperties", {{"type", {"array", "null"}}}}};
    OrderedJson& test = definitions["test"];
    test["properties"]["tables"].update(rows);
    test["properties"]["batches"].update(
        {{"type", "array"}, {"minItems", 1}, {"items", reference_to("test_batch")}});
    OrderedJson& batch = definitions["test_batch"]["properties"];
    for (const char* key : {"rows", "expect", "dead_letters"}) batch[key].update(rows);
    batch["late"].update(
        {{"type", "object"}, {"additionalProperties", {{"type", "integer"}, {"minimum", 0}}}});
  }

  /// A map of name to `value`.
  static OrderedJson named(const OrderedJson& value) {
    return {{"type", "object"},
            {"minProperties", 1},
            {"patternProperties", {{kNamePattern, value}}},
            {"additionalProperties", false}};
  }

  /// The same for names that SQL does not see.
  static OrderedJson loosely_named(const OrderedJson& value) {
    OrderedJson map = named(value);
    map["patternProperties"] = {{"^[A-Za-z0-9_.-]+$", value}};
    return map;
  }

  static OrderedJson trigger() {
    std::vector<std::string> words(config::trigger_words().begin(), config::trigger_words().end());
    return {{"anyOf", {{{"enum", words}}, reference_to("trigger"), variable()}}};
  }

  /// The keys of `own` and exactly one of the kinds.
  OrderedJson with_one_kind(const OptionTable* own, std::initializer_list<Of> kinds) {
    OrderedJson json = own != nullptr
                           ? table_schema(*own)
                           : OrderedJson{{"type", "object"}, {"additionalProperties", false}};
    json["type"] = "object";
    OrderedJson one = OrderedJson::array();
    for (const OptionTable& table : tables_) {
      if (std::ranges::find(kinds, table.of) == kinds.end()) continue;
      json["properties"][table.key] = reference_to(definition_name(table));
      one.push_back({{"required", {table.key}}});
    }
    json["oneOf"] = one;
    return json;
  }

  OrderedJson definitions() {
    OrderedJson definitions;
    for (const OptionTable& table : tables_) {
      if (table.of == Of::kTest || (table.of == Of::kPipeline && table.key.empty())) continue;
      definitions[definition_name(table)] = table_schema(table);
    }
    OrderedJson source = with_one_kind(&table_of(Of::kSource), {Of::kSourceKind});
    OrderedJson format = with_one_kind(nullptr, {Of::kFormat});
    OrderedJson words = {"raw"};
    OrderedJson value_words = OrderedJson::array();
    for (const OptionTable& table : tables_) {
      if (table.of == Of::kFormat) words.push_back(table.key);
      if (table.of == Of::kValue) value_words.push_back(table.key);
    }
    definitions["value"]["anyOf"] = {{{"enum", value_words}}, with_one_kind(nullptr, {Of::kValue})};
    format["properties"]["raw"] = {{"type", "object"}, {"maxProperties", 0}};
    format["oneOf"].push_back({{"required", {"raw"}}});
    source["properties"]["format"]["anyOf"] = {{{"enum", words}}, format};
    source["properties"]["watermark"].update(reference_to("watermark"));
    source["properties"]["dead_letter"].update(with_one_kind(nullptr, {Of::kSinkKind}));
    OrderedJson whole = with_one_kind(&table_of(Of::kTable), {Of::kSourceKind, Of::kTableKind});
    whole["properties"]["format"]["anyOf"] = source["properties"]["format"]["anyOf"];
    definitions["table"] = whole;
    definitions["source"] = source;
    OrderedJson& view = definitions["view"];
    view["type"] = "object";
    view["oneOf"] = {{{"required", {"sql"}}}, {{"required", {"from"}}}};
    view["properties"]["deduplicate"].update(reference_to("deduplicate"));
    view["properties"]["watermark"].update(reference_to("watermark"));
    view["properties"]["late"].update(reference_to("late"));
    add_test_definitions(definitions);
    OrderedJson& function = definitions["function"];
    function["type"] = "object";
    function["oneOf"] = {
        {{"required", {"sql"}}}, {{"required", {"python"}}}, {{"required", {"library"}}}};
    definitions["mount"]["properties"]["s3"].update(reference_to("mount_s3"));
    definitions["sink"] = with_one_kind(&table_of(Of::kSink), {Of::kSinkKind});
    definitions["chart"] = with_one_kind(&table_of(Of::kChart), {Of::kChartKind});
    definitions["chart"]["oneOf"].push_back({{"required", {"markdown"}}});
    definitions["receiver"]["anyOf"] = {{{"enum", {"log"}}},
                                        with_one_kind(nullptr, {Of::kReceiverKind})};
    OrderedJson& alert = definitions["alert"];
    alert["type"] = "object";
    alert["oneOf"] = OrderedJson::array();
    for (const std::string& condition : config::alert_conditions()) {
      alert["oneOf"].push_back({{"required", {condition}}});
    }
    return definitions;
  }

  const std::vector<OptionTable>& tables_;
};

}  // namespace

std::string json_schema_of(const std::vector<OptionTable>& tables) {
  // A line each, so that differences are seen; indented it would be half as large again.
  return SchemaMaker(tables).make().dump(0) + "\n";
}

std::string json_schema_of_tests(const std::vector<OptionTable>& tables) {
  return SchemaMaker(tables).make_tests().dump(0) + "\n";
}

}  // namespace sluice::app
