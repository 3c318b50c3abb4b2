#include "lake/log_actions.h"

#include <algorithm>

#include "base/json.h"
#include "lake/delta_schema.h"
#include "lake/each_action.h"
#include "lake/json_text.h"
#include "lake/uri.h"

namespace sluice::lake {
namespace {

constexpr char kMappingMode[] = "delta.columnMapping.mode";

std::string text_list(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ",") + json_quoted(text);
  return "[" + out + "]";
}

std::string protocol_action(bool timestamp_ntz, bool column_mapping) {
  JsonObject protocol;
  if (!timestamp_ntz && !column_mapping) {
    protocol.number("minReaderVersion", 1).number("minWriterVersion", 2);
    return JsonObject().raw("protocol", protocol.finish()).finish();
  }
  std::vector<std::string> features;
  if (column_mapping) features.emplace_back("columnMapping");
  if (timestamp_ntz) features.emplace_back("timestampNtz");
  // Column mapping has a reader version of its own, 2; but some readers that lack it go by the
  // version alone and find NULLs, where they would refuse the feature by name.
  protocol.number("minReaderVersion", 3).number("minWriterVersion", 7);
  protocol.raw("readerFeatures", text_list(features));
  features.insert(features.begin(), {"appendOnly", "invariants"});
  protocol.raw("writerFeatures", text_list(features));
  return JsonObject().raw("protocol", protocol.finish()).finish();
}

std::string metadata_action(const TableDefinition& definition,
                            const std::map<std::string, std::string>& properties,
                            const std::string& schema) {
  JsonObject configuration;
  for (const auto& [key, value] : properties) configuration.text(key, value);
  const std::string metadata = JsonObject()
                                   .text("id", definition.id)
                                   .raw("format", R"({"provider":"parquet","options":{}})")
                                   .text("schemaString", schema)
                                   .raw("partitionColumns", text_list(definition.partition_by))
                                   .raw("configuration", configuration.finish())
                                   .number("createdTime", definition.created / 1000)
                                   .finish();
  return JsonObject().raw("metaData", metadata).finish();
}

std::string create_info(const TableDefinition& definition) {
  // Spark shows these parameters in DESCRIBE HISTORY; their values are JSON inside text.
  const std::string parameters = JsonObject()
                                     .text("partitionBy", text_list(definition.partition_by))
                                     .text("isManaged", "false")
                                     .finish();
  JsonObject info;
  info.number("timestamp", definition.created / 1000)
      .text("operation", definition.operation)
      .raw("operationParameters", parameters)
      .boolean("isBlindAppend", true)
      .text("engineInfo", definition.engine)
      .text("txnId", definition.id);
  if (!definition.user_metadata.empty()) info.text("userMetadata", definition.user_metadata);
  return JsonObject().raw("commitInfo", info.finish()).finish();
}

std::string statistics_json(const NewFile& file, const data::Schema& schema) {
  JsonObject minimum;
  JsonObject maximum;
  JsonObject nulls;
  for (const data::Field& column : schema.fields()) {
    const auto found = file.statistics.find(column.name);
    if (found == file.statistics.end() || !column.type.children().empty()) continue;
    const ColumnBounds& bounds = found->second;
    if (bounds.minimum) {
      if (const auto json = minimum_json(column.type, *bounds.minimum)) {
        minimum.raw(column.name, *json);
      }
    }
    if (bounds.maximum) {
      if (const auto json = maximum_json(column.type, *bounds.maximum)) {
        maximum.raw(column.name, *json);
      }
    }
    if (bounds.null_count) {
      nulls.number(column.name, static_cast<std::int64_t>(*bounds.null_count));
    }
  }
  return JsonObject()
      .number("numRecords", static_cast<std::int64_t>(file.rows))
      .raw("minValues", minimum.finish())
      .raw("maxValues", maximum.finish())
      .raw("nullCount", nulls.finish())
      .finish();
}

Error bad_json(std::string_view what) {
  return corruption_error("the Delta log cannot be read: " + std::string(what));
}

}  // namespace

Result<std::string> initial_entry(const TableDefinition& definition) {
  std::map<std::string, std::string> properties = definition.configuration;
  const std::string unusual = name_to_map(definition.schema);
  const bool mapped = !unusual.empty() || properties.contains(kMappingMode);
  if (mapped && !definition.adds.empty()) {
    return user_error(
        "column " + data::quote_identifier(unusual) +
        ": Delta allows none of ' ,;{}()=', tab and newline in a name that is used in "
        "Parquet files; write the files again with another name");
  }
  ColumnNumbers numbers{.prefix = "col-" + definition.id + "-"};
  SLUICE_ASSIGN(const std::string schema,
                to_delta_json(definition.schema, mapped ? &numbers : nullptr));
  if (mapped) {
    properties.emplace(kMappingMode, "name");
    properties["delta.columnMapping.maxColumnId"] = std::to_string(numbers.last);
  }
  std::string entry = create_info(definition) + "\n" +
                      protocol_action(has_timestamp_ntz(definition.schema), mapped) + "\n" +
                      metadata_action(definition, properties, schema) + "\n";
  if (!definition.app_id.empty()) {
    const std::string txn = JsonObject()
                                .text("appId", definition.app_id)
                                .number("version", definition.app_version)
                                .number("lastUpdated", definition.created / 1000)
                                .finish();
    entry += JsonObject().raw("txn", txn).finish() + "\n";
  }
  for (const std::string& line : definition.adds) {
    Json add = parse_json(line);
    // In the log itself the statistics are a text.
    if (add.contains("stats")) add["stats"] = dump_json(add["stats"]);
    add["dataChange"] = true;
    entry += dump_json(Json{{"add", std::move(add)}}) + "\n";
  }
  return entry;
}

Result<std::string> add_action(const NewFile& file, const data::Schema& schema) {
  JsonObject partitions;
  for (const auto& [name, value] : file.partition_values) {
    const int column = schema.find(name);
    if (column < 0) return internal_error("no such partition column: " + name);
    const auto& type = schema[static_cast<std::size_t>(column)].type;
    auto text = partition_text(type, value);
    if (!text) return std::move(text).error().with("column " + data::quote_identifier(name));
    if (*text) {
      partitions.text(name, **text);
    } else {
      partitions.null(name);
    }
  }
  return JsonObject()
      .text("path", encode_path(file.path))
      .raw("partitionValues", partitions.finish())
      .number("size", static_cast<std::int64_t>(file.bytes))
      .number("modificationTime", file.modified / 1000)
      .raw("stats", statistics_json(file, schema))
      .finish();
}

Result<AddedFile> read_add_action(std::string_view json) {
  const Json root = parse_json(json);
  if (!root.is_object() || !root.contains("path") || !root["path"].is_string() ||
      !root.contains("size") || !root["size"].is_number_integer()) {
    return bad_json("an add action without path and size");
  }
  AddedFile file{root["path"].get<std::string>(), root["size"].get<std::int64_t>(), {}, {}};
  const Json partitions = root.value("partitionValues", Json::object());
  for (const auto& [name, value] : partitions.items()) {
    if (value.is_string()) file.partition_values[name] = value.get<std::string>();
  }
  if (const Json stats = root.value("stats", Json()); stats.is_string()) {
    file.stats = stats.get<std::string>();
  }
  if (const Json stats = root.value("stats", Json()); stats.is_object())
    file.stats = dump_json(stats);
  return file;
}

Result<std::vector<std::string>> added_paths(std::string_view entry) {
  std::vector<std::string> paths;
  SLUICE_TRY(each_action(entry, {"add"}, [&](const std::string&, const Json& add) -> Status {
    if (add.is_object() && add.value("path", Json()).is_string()) {
      paths.push_back(add["path"].get<std::string>());
    }
    return {};
  }));
  return paths;
}

Result<std::optional<std::string>> user_metadata_of(std::string_view entry, std::string_view app_id,
                                                    std::int64_t app_version) {
  bool found = false;
  std::string metadata;
  SLUICE_TRY(each_action(entry, {"txn", "commitInfo"},
                         [&](const std::string& kind, const Json& body) -> Status {
                           if (!body.is_object()) return {};
                           if (kind == "txn") {
                             found = found || (body.value("appId", Json()) == app_id &&
                                               body.value("version", Json()) == app_version);
                           } else if (body.value("userMetadata", Json()).is_string()) {
                             metadata = body["userMetadata"].get<std::string>();
                           }
                           return {};
                         }));
  return found ? std::optional(std::move(metadata)) : std::nullopt;
}

Result<std::optional<std::int64_t>> txn_version_of(std::string_view entry,
                                                   std::string_view app_id) {
  std::optional<std::int64_t> found;
  SLUICE_TRY(each_action(entry, {"txn"}, [&](const std::string&, const Json& txn) -> Status {
    if (!txn.is_object() || txn.value("appId", Json()) != app_id) return {};
    const Json version = txn.value("version", Json());
    if (!version.is_number_integer()) return bad_json("a txn without a version");
    found = version.get<std::int64_t>();
    return {};
  }));
  return found;
}

}  // namespace sluice::lake
