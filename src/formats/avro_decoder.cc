#include "formats/avro_decoder.h"

#include "base/log.h"
#include "formats/avro_encoder.h"
#include "formats/avro_walk.h"
#include "formats/registered_reader.h"

namespace sluice::formats {
namespace {

/// The walk of a RegisteredReader.
class RegisteredAvroWalk {
 public:
  using Only = AvroPlan;
  using Registered = AvroPlan;

  RegisteredAvroWalk(const std::vector<data::VectorWriter*>& targets, data::Arena& arena,
                     const AvroDecoder::Rules& rules)
      : walk_(targets, arena, rules.null_bad_fields) {}

  void start_chunk() {}
  Failure decode(const AvroPlan& plan, std::string_view record, std::uint64_t row) {
    return walk_.decode(plan, record, row);
  }

 private:
  AvroWalk walk_;
};

/// The text of a file that an option names.
Result<std::string> read_text(const ConfigValue& path, const std::string& name,
                              io::FileSystem& files) {
  if (name.empty()) return path.error("a file needs a name");
  auto text = files.read(name);
  if (!text) return std::move(text).error().with(path.error(name).message());
  return text;
}

/// What somebody has to say about the columns: the pipeline file, a file, or the registry.
class AvroOptions {
 public:
  AvroOptions(const Options& options, const Context& context)
      : options_(options), context_(context) {}

  Result<std::unique_ptr<data::Decoder>> make() {
    SLUICE_ASSIGN(auto registry, make_schema_registry(options_));
    std::optional<AvroSchema> file;
    if (options_.has("schema_file")) {
      SLUICE_ASSIGN(AvroFile read, read_avro_file(options_, context_.files));
      file = std::move(read.schema);
    }
    if (registry == nullptr && !file) {
      return options_.value("on_error")
          .error(
              "the avro format needs the schema of the records: 'schema_file' names a file with it "
              "(.avsc), 'registry' the address of a schema registry");
    }
    AvroDecoder::Rules rules;
    rules.null_bad_fields = options_.text("on_error") == "null";
    rules.tombstone_rows = options_.text("tombstones") == "rows";
    SLUICE_TRY(find_columns(registry.get(), file, rules));
    if (registry != nullptr) {
      return std::unique_ptr<data::Decoder>(
          AvroDecoder::make(std::move(rules), std::move(registry)));
    }
    auto made = AvroDecoder::make(std::move(rules), *std::move(file));
    if (!made) return options_.value("schema_file").error(made.error().message());
    return made;
  }

 private:
  Status find_columns(SchemaRegistry* registry, const std::optional<AvroSchema>& file,
                      AvroDecoder::Rules& rules) {
    if (options_.has("schema")) {
      const ConfigValue& given = options_.value("schema");
      SLUICE_ASSIGN(data::Schema schema, parse_schema(given));
      SLUICE_ASSIGN(rules.columns,
                    compile_binary_columns(std::move(schema),
                                           [&given](std::size_t column, const std::string& text) {
                                             return given.entries()[column].value.error(text);
                                           }));
      return {};
    }
    const ConfigValue& place = options_.value(file ? "schema_file" : "registry");
    if (file) {
      rules.reader = *file;
    } else {
      SLUICE_ASSIGN(rules.reader, newest_avro(*registry, options_, context_.topic));
    }
    auto schema = avro_columns(*rules.reader);
    if (!schema) return place.error(schema.error().message());
    SLUICE_ASSIGN(rules.columns,
                  compile_binary_columns(*std::move(schema),
                                         [&place](std::size_t /*column*/, const std::string& text) {
                                           return place.error(text);
                                         }));
    return {};
  }

  const Options& options_;
  const Context& context_;
};

void warn_of(const std::string& complaint) {
  log_warn(complaint + "; records that have such a value are rejected, or it is NULL (on_error)");
}

}  // namespace

Result<AvroSchema> parse_avro(const RegisteredSchema& schema) {
  if (schema.language != SchemaLanguage::kAvro) {
    return user_error("the schema is not Avro's but " +
                      std::string(schema.language == SchemaLanguage::kProtobuf
                                      ? "Protobuf's: write format: {protobuf: ...}"
                                      : "a JSON Schema"));
  }
  std::vector<std::string> references;
  for (const ReferencedSchema& reference : schema.references) references.push_back(reference.text);
  return AvroSchema::parse(schema.text, references);
}

Result<AvroFile> read_avro_file(const Options& options, io::FileSystem& files) {
  const ConfigValue& place = options.value("schema_file");
  AvroFile file;
  SLUICE_ASSIGN(file.text, read_text(place, options.text("schema_file"), files));
  std::vector<std::string> references;
  if (options.has("references")) {
    for (const std::string& name : options.text_list("references")) {
      SLUICE_ASSIGN(std::string used, read_text(options.value("references"), name, files));
      references.push_back(std::move(used));
    }
  }
  auto schema = AvroSchema::parse(file.text, references);
  if (!schema) {
    return place.error(options.text("schema_file") + ": " + schema.error().message());
  }
  file.schema = *std::move(schema);
  return file;
}

OptionSpec avro_references_option() {
  return {.name = "references",
          .type = OptionType::kTextList,
          .text = "Files with types that 'schema_file' uses, each after those that it uses itself.",
          .example = "[schemas/money.avsc]"};
}

Result<AvroSchema> newest_avro(SchemaRegistry& registry, const Options& options,
                               const std::string& topic) {
  SLUICE_ASSIGN(const RegisteredSchema newest, newest_schema(registry, options, topic));
  return parse_avro(newest, options, topic);
}

Result<AvroSchema> parse_avro(const RegisteredSchema& schema, const Options& options,
                              const std::string& topic) {
  auto parsed = parse_avro(schema);
  if (parsed) return parsed;
  SLUICE_ASSIGN(const std::string subject, subject_of(options, topic));
  return options.value("registry").error("subject '" + subject + "': " + parsed.error().message());
}

Result<DecodedColumns> compile_binary_columns(data::Schema schema, const ColumnError& error) {
  DecodedColumns columns;
  columns.schema = std::move(schema);
  for (std::size_t i = 0; i < columns.schema.size(); ++i) {
    const data::Field& field = columns.schema[i];
    if (columns.schema.find(field.name) != static_cast<int>(i)) {
      return error(
          i, "the fields '" + field.name + "' and '" +
                 columns.schema[static_cast<std::size_t>(columns.schema.find(field.name))].name +
                 "' differ in case only, and SQL ignores the case of names; declare the "
                 "columns that you need in 'schema'");
    }
    auto plan = compile_plan(field.type, ValueForm::kBinary);
    if (!plan) return error(i, "column '" + field.name + "': " + plan.error().message());
    columns.plans.push_back(*std::move(plan));
  }
  return columns;
}

Result<std::unique_ptr<data::Decoder>> AvroDecoder::make(Rules rules, AvroSchema writer) {
  std::unique_ptr<AvroDecoder> decoder(new AvroDecoder(std::move(rules)));
  SLUICE_ASSIGN(decoder->only_, decoder->compile(std::move(writer)));
  const std::string& complaint = decoder->only_->complaint();
  if (decoder->only_->never_fits() && !decoder->rules_.null_bad_fields) {
    return user_error("with this schema no record can be decoded: " + complaint);
  }
  if (!complaint.empty()) warn_of(complaint);
  return std::unique_ptr<data::Decoder>(std::move(decoder));
}

std::unique_ptr<AvroDecoder> AvroDecoder::make(Rules rules,
                                               std::unique_ptr<SchemaRegistry> registry) {
  std::unique_ptr<AvroDecoder> decoder(new AvroDecoder(std::move(rules)));
  decoder->registry_ = std::move(registry);
  return decoder;
}

Result<std::shared_ptr<const AvroPlan>> AvroDecoder::compile(AvroSchema writer) const {
  const AvroPlan::Target target{.columns = rules_.columns,
                                .reader = rules_.reader ? &*rules_.reader : nullptr,
                                .image = rules_.image};
  return AvroPlan::compile(std::move(writer), target);
}

Status AvroDecoder::prepare(const data::RecordBatch& batch) {
  if (registry_ == nullptr) return {};
  return plans_.fetch(
      batch, *registry_,
      [this](const RegisteredSchema& registered) -> Result<std::shared_ptr<const AvroPlan>> {
        SLUICE_ASSIGN(AvroSchema writer, parse_avro(registered));
        SLUICE_ASSIGN(auto plan, compile(std::move(writer)));
        if (!plan->complaint().empty()) {
          warn_of("schema " + std::to_string(registered.id) + ": " + plan->complaint());
        }
        return plan;
      });
}

std::unique_ptr<data::RecordReader> AvroDecoder::reader(std::vector<std::size_t> columns,
                                                        std::vector<std::size_t> checked,
                                                        data::Arena& arena) const {
  return std::make_unique<RegisteredReader<RegisteredAvroWalk>>(rules_, only_.get(), plans_,
                                                                columns, checked, arena);
}

std::string AvroDecoder::reason_text(const data::Reject& reject) const {
  return formats::reason_text(reject, rules_.columns.schema);
}

FormatKind avro_format() {
  FormatKind kind;
  kind.name = "avro";
  kind.text =
      "Avro's binary values, one a record: with the number of their schema in a registry, or bare, "
      "of the schema in a file.";
  kind.options = shared_options();
  kind.options.front().required = false;
  kind.options.front().text =
      "The columns and their SQL types, by the names of the records' fields. Default: all fields "
      "of "
      "'schema_file' or, without one, of the subject's newest version when the pipeline starts.";
  kind.options.push_back(
      {.name = "schema_file",
       .type = OptionType::kPath,
       .text =
           "A file with a schema (.avsc). With 'registry' it is the reader's schema: the columns "
           "are its fields, and its aliases and defaults count. Without, it is also that of the "
           "records.",
       .example = "schemas/order.avsc"});
  kind.options.push_back(avro_references_option());
  const std::vector<OptionSpec> registry = schema_registry_options();
  kind.options.insert(kind.options.end(), registry.begin(), registry.end());
  kind.make = [](const Options& options, const Context& context) {
    return AvroOptions(options, context).make();
  };
  add_avro_encoder(kind);
  return kind;
}

}  // namespace sluice::formats
