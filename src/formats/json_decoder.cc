#include "formats/json_decoder.h"

#include "formats/json_element_batch.h"
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

/// Spark's from_json knows neither, and its rows of NULLs have no message.
Status refuse_in_spark_mode(const Options& options, const std::string& name) {
  if (options.text("mode") != "spark") return {};
  return options.value(name).error("'" + name +
                                   "' is read strictly, and mode is spark; remove one of the two");
}

Result<std::optional<JsonPointer>> read_payload(const Options& options) {
  if (!options.has("payload")) return std::optional<JsonPointer>();
  SLUICE_TRY(refuse_in_spark_mode(options, "payload"));
  const std::string& text = options.text("payload");
  std::optional<JsonPointer> pointer = JsonPointer::parse(text);
  if (pointer && !text.empty()) return pointer;
  return options.value("payload").error(
      "'" + text +
      "' is not a JSON pointer: each name has / before it, such as /payload/after (~1 stands for "
      "a / in a name, ~0 for a ~)");
}

Result<std::optional<JsonElements>> read_each(const Options& options) {
  if (!options.has("each")) return std::optional<JsonElements>();
  SLUICE_TRY(refuse_in_spark_mode(options, "each"));
  auto elements = JsonElements::parse(options.text("each"));
  if (!elements) return options.value("each").error(elements.error().message());
  return std::optional<JsonElements>(*std::move(elements));
}

Result<std::unique_ptr<data::Decoder>> make_json_decoder(const Options& options,
                                                         const Context& context) {
  SLUICE_ASSIGN(std::optional<SchemaFile> file, read_schema_file(options, context));
  SLUICE_ASSIGN(DecodedColumns columns, columns_of(options, file));
  JsonRules rules;
  rules.tombstone_rows = options.text("tombstones") == "rows";
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
  SLUICE_ASSIGN(auto payload, read_payload(options));
  SLUICE_ASSIGN(auto elements, read_each(options));
  decoder->look_inside(std::move(payload), std::move(elements));
  return std::unique_ptr<data::Decoder>(std::move(decoder));
}

}  // namespace

std::unique_ptr<data::RecordReader> JsonDecoder::reader(std::vector<std::size_t> columns,
                                                        std::vector<std::size_t> checked,
                                                        data::Arena& arena) const {
  JsonRules rules = rules_;
  if (payload_) rules.payload = &*payload_;
  return std::make_unique<JsonReader>(columns_.schema, columns_.plans, rules, columns, checked,
                                      arena);
}

std::unique_ptr<data::RecordBatch> JsonDecoder::present(const data::RecordBatch& messages) const {
  if (!payload_ && !elements_) return nullptr;
  return std::make_unique<JsonElementBatch>(messages, elements_ ? &*elements_ : nullptr);
}

const data::Schema& JsonDecoder::added_columns() const {
  if (!payload_ && !elements_) return Decoder::added_columns();
  return JsonElementBatch::added_columns(elements_.has_value());
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
  switch (Reason{reject.reason}) {
    case Reason::kNothingThere:
      return "record has nothing at " + payload_->text();
    case Reason::kNotObject:
      if (payload_) return "what record has at " + payload_->text() + " is not a JSON object";
      break;
    case Reason::kNoElements:
      return "message has nothing at " + elements_->list().text();
    case Reason::kNotList:
      return elements_->list().text().empty()
                 ? "message is not a list"
                 : "what message has at " + elements_->list().text() + " is not a list";
    default:
      break;
  }
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
  kind.options.push_back(
      {.name = "payload",
       .text = "Where in its envelope the record is, as a JSON pointer: /payload/after. It is an "
               "object there, or a text that holds one. A message without it is a dead letter. The "
               "message as a whole is the metadata column `envelope`.",
       .example = "/payload/after"});
  kind.options.push_back(
      {.name = "each",
       .text =
           "Where the list is whose elements are the records, as a JSON pointer that ends with /-: "
           "/events/-, or /- for a message that is a list. An empty list has no record; a message "
           "without the list is a dead letter. `payload` is looked for in each element. The number "
           "of the element, from 0, is the metadata column `element`. Limits count messages.",
       .example = "/events/-"});
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
