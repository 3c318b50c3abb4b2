#include "formats/json_decoder.h"

#include "formats/json_encoder.h"
#include "formats/reason.h"

namespace sluice::formats {

namespace {

Status add_rescued_column(const Options& options, DecodedColumns& columns) {
  const std::string& name = options.text("rescued_column");
  if (name.empty() || columns.schema.find(name) >= 0) {
    return options.value("rescued_column")
        .error(name.empty() ? "a column needs a name" : "the schema has a column '" + name + "'");
  }
  columns.schema.add({name, data::TypeId::kVarchar});
  SLUICE_ASSIGN(columns.plans.emplace_back(), compile_plan(data::TypeId::kVarchar));
  return {};
}

Result<std::optional<SchemaFile>> read_schema_file(const Options& options, const Context& context) {
  if (!options.has("schema_file")) {
    if (options.has("schema")) return std::optional<SchemaFile>();
    return options.value("mode").error(
        "the json format needs the option 'schema' or 'schema_file'");
  }
  const ConfigValue& path = options.value("schema_file");
  if (options.has("schema")) {
    return path.error("the columns are in 'schema' and in 'schema_file'; keep one of the two");
  }
  SLUICE_ASSIGN(SchemaFile file, SchemaFile::read(path, context.files));
  return std::optional<SchemaFile>(std::move(file));
}

Result<DecodedColumns> columns_of(const Options& options, const std::optional<SchemaFile>& file) {
  if (!file) return read_schema(options);
  return compile_columns(file->schema(), [&file](std::size_t, const std::string& message) {
    return file->error(message);
  });
}

Result<std::unique_ptr<data::Decoder>> make_json_decoder(const Options& options,
                                                         const Context& context) {
  SLUICE_ASSIGN(std::optional<SchemaFile> file, read_schema_file(options, context));
  SLUICE_ASSIGN(DecodedColumns columns, columns_of(options, file));
  JsonRules rules;
  rules.rescue = options.has("rescued_column");
  if (rules.rescue) SLUICE_TRY(add_rescued_column(options, columns));
  if (options.text("mode") == "spark") {
    rules.rules = Rules::kSpark;
    rules.bad_field = BadField::kSpark;
  } else if (rules.rescue || options.text("on_error") == "null") {
    rules.bad_field = BadField::kNull;
  }
  auto decoder = std::make_unique<JsonDecoder>(std::move(columns), rules);
  if (file) decoder->watch(*std::move(file));
  return std::unique_ptr<data::Decoder>(std::move(decoder));
}

}  // namespace

std::unique_ptr<data::RecordReader> JsonDecoder::reader(std::vector<std::size_t> columns,
                                                        std::vector<std::size_t> checked,
                                                        data::Arena& arena) const {
  return std::make_unique<JsonReader>(columns_.schema, columns_.plans, rules_, columns, checked,
                                      arena);
}

Result<std::unique_ptr<data::Decoder>> make_spark_json_decoder(
    const data::Type& type, std::shared_ptr<const TimeZone> zone) {
  const bool is_struct = type.id() == data::TypeId::kStruct;
  if (!is_struct && type.id() != data::TypeId::kList && type.id() != data::TypeId::kMap) {
    return user_error("type " + type.to_string() + ": a JSON text is a STRUCT, a list or a MAP");
  }
  DecodedColumns columns;
  columns.schema =
      data::Schema(is_struct ? type.children() : std::vector<data::Field>{{"value", type}});
  for (const data::Field& field : columns.schema.fields()) {
    SLUICE_ASSIGN(columns.plans.emplace_back(), compile_plan(field.type));
  }
  JsonRules rules{.rules = Rules::kSpark, .bad_field = BadField::kSpark};
  if (!is_struct) rules.root = JsonRoot::kValue;
  rules.zone = zone.get();
  return std::unique_ptr<data::Decoder>(
      std::make_unique<JsonDecoder>(std::move(columns), rules, std::move(zone)));
}

std::string JsonDecoder::reason_text(const data::Reject& reject) const {
  return formats::reason_text(reject, columns_.schema);
}

FormatKind json_format() {
  FormatKind kind;
  kind.name = "json";
  kind.text = "One JSON object per record.";
  kind.options = shared_options();
  kind.options.front().required = false;  // schema
  kind.options.push_back(
      {.name = "schema_file",
       .type = OptionType::kPath,
       .text =
           "A file with the columns, in place of `schema`: as CREATE TABLE has them (id BIGINT, "
           "price DECIMAL(18,2)), one or several a line; -- begins a comment. Columns that "
           "change while the pipeline runs stop it before the next batch (E_SCHEMA_CHANGED).",
       .example = "schemas/orders.sql"});
  kind.options.push_back(
      {.name = "mode",
       .type = OptionType::kChoice,
       .text =
           "strict: what is not plainly right is an error. spark: what Spark's from_json makes "
           "of it in its PERMISSIVE mode; a record that it cannot read is a row of NULLs, never "
           "a dead letter. docs/reference/json.md lists the differences.",
       .default_text = "strict",
       .choices = {"strict", "spark"}});
  kind.options.push_back(
      {.name = "rescued_column",
       .type = OptionType::kText,
       .text =
           "A further VARCHAR column of this name gets what the schema has no place for, as a "
           "JSON object: fields that it does not name, and fields that do not fit their column, "
           "which is NULL then. NULL where a record has no such field.",
       .example = "_rescued"});
  kind.make = make_json_decoder;
  kind.value_text =
      "A row as a JSON object, exactly as Spark's to_json writes it: without fields that are NULL.";
  kind.make_encoder = [](const Options& /*options*/, const data::Schema& schema,
                         const EncoderContext& context) {
    return make_json_encoder(schema, JsonForm::kSpark, context.zone);
  };
  return kind;
}

}  // namespace sluice::formats
