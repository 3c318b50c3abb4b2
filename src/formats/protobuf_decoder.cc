#include "formats/protobuf_decoder.h"

#include "base/log.h"
#include "formats/avro_decoder.h"
#include "formats/protobuf_encoder.h"
#include "formats/protobuf_walk.h"
#include "formats/registered_reader.h"

namespace sluice::formats {
namespace {

constexpr std::int64_t kPathMax = 64;

/// The walk of a RegisteredReader.
class RegisteredProtoWalk {
 public:
  using Only = ProtoPlan;
  using Registered = RegisteredProto;

  RegisteredProtoWalk(const std::vector<data::VectorWriter*>& targets, data::Arena& arena,
                      const ProtobufDecoder::Rules& rules)
      : walk_(targets, arena, rules.null_bad_fields, rules.zeros) {}

  void start_chunk() { walk_.start_chunk(); }
  Failure decode(const ProtoPlan& plan, std::string_view record, std::uint64_t row) {
    return walk_.decode(plan, record, row);
  }
  Failure decode(const RegisteredProto& registered, std::string_view record, std::uint64_t row) {
    const Reason reason = take_path(registered.path, record);
    if (reason != Reason::kNone) return {reason};
    return walk_.decode(*registered.plan, record, row);
  }

 private:
  /// The numbers that lead to the message's type, before the message; one 0 stands for the first
  /// type.
  static Reason take_path(const std::vector<std::int32_t>& path, std::string_view& record) {
    ProtoBytes rest(record);
    std::uint64_t raw = 0;
    if (!rest.read_varint(raw)) return Reason::kEndsEarly;
    const std::int64_t count = unzigzag(raw);
    if (count < 0 || count > kPathMax) return Reason::kBadLength;
    bool same = count == 0 ? path.size() == 1 && path[0] == 0
                           : path.size() == static_cast<std::size_t>(count);
    for (std::int64_t i = 0; i < count; ++i) {
      if (!rest.read_varint(raw)) return Reason::kEndsEarly;
      same = same && path[static_cast<std::size_t>(i)] == unzigzag(raw);
    }
    record = rest.left();
    return same ? Reason::kNone : Reason::kOtherMessage;
  }

  ProtoWalk walk_;
};

/// What somebody has to say about the columns: the pipeline file, a file, or the registry.
class ProtobufOptions {
 public:
  ProtobufOptions(const Options& options, const Context& context)
      : options_(options), context_(context) {}

  Result<std::unique_ptr<data::Decoder>> make() {
    SLUICE_ASSIGN(auto registry, make_schema_registry(options_));
    if (registry == nullptr && !options_.has("schema_file")) {
      return options_.value("on_error")
          .error(
              "the protobuf format needs the messages' types: 'schema_file' names a .proto file or "
              "a "
              "descriptor set, 'registry' the address of a schema registry");
    }
    ProtobufDecoder::Rules rules;
    rules.null_bad_fields = options_.text("on_error") == "null";
    rules.tombstone_rows = options_.text("tombstones") == "rows";
    rules.zeros = options_.boolean("emit_default_values");
    if (options_.has("message")) rules.message = options_.text("message");
    if (options_.has("schema")) SLUICE_TRY(declared_columns(rules));
    std::shared_ptr<const ProtoPlan> plan;
    if (options_.has("schema_file")) {
      SLUICE_ASSIGN(const ProtoFile file, read_proto_file(options_, context_.files));
      SLUICE_ASSIGN(plan, plan_of(file.schema, options_.value("schema_file"), rules));
    } else if (!options_.has("schema")) {
      SLUICE_ASSIGN(const RegisteredSchema newest,
                    newest_schema(*registry, options_, context_.topic));
      SLUICE_ASSIGN(const ProtoSchema types, parse_protobuf(newest, options_, context_.topic));
      SLUICE_ASSIGN(plan, plan_of(types, options_.value("registry"), rules));
    }
    return std::unique_ptr<data::Decoder>(
        std::make_unique<ProtobufDecoder>(std::move(rules), std::move(plan), std::move(registry)));
  }

 private:
  Status declared_columns(ProtobufDecoder::Rules& rules) {
    const ConfigValue& given = options_.value("schema");
    SLUICE_ASSIGN(data::Schema schema, parse_schema(given));
    SLUICE_ASSIGN(rules.columns,
                  compile_binary_columns(std::move(schema),
                                         [&given](std::size_t column, const std::string& text) {
                                           return given.entries()[column].value.error(text);
                                         }));
    return {};
  }

  Result<std::shared_ptr<const ProtoPlan>> plan_of(const ProtoSchema& schema,
                                                   const ConfigValue& place,
                                                   ProtobufDecoder::Rules& rules) {
    const auto found = schema.find(rules.message);
    if (!found) {
      return (options_.has("message") ? options_.value("message") : place)
          .error(found.error().message());
    }
    rules.message = schema.at(*found).name;
    if (!options_.has("schema")) {
      auto columns = proto_columns(schema, *found);
      if (!columns) return place.error(columns.error().message());
      SLUICE_ASSIGN(rules.columns,
                    compile_binary_columns(*std::move(columns), [&place](std::size_t /*column*/,
                                                                         const std::string& text) {
                      return place.error(text);
                    }));
    }
    auto plan = ProtoPlan::compile(schema, *found, rules.columns);
    if (!plan->complaint().empty()) {
      return (options_.has("schema") ? options_.value("schema") : place)
          .error("with these columns no record can be decoded: " + plan->complaint());
    }
    return plan;
  }

  const Options& options_;
  const Context& context_;
};

}  // namespace

Result<ProtoSchema> parse_protobuf(const RegisteredSchema& schema) {
  if (schema.language != SchemaLanguage::kProtobuf) {
    return user_error("the schema is not Protobuf's but " +
                      std::string(schema.language == SchemaLanguage::kAvro
                                      ? "Avro's: write format: {avro: ...}"
                                      : "a JSON Schema"));
  }
  return ProtoSchema::parse(
      "schema.proto", schema.text,
      [&schema](const std::string& name) -> Result<std::optional<std::string>> {
        for (const ReferencedSchema& reference : schema.references) {
          if (reference.name == name) return std::optional(reference.text);
        }
        return std::optional<std::string>();
      });
}

Result<ProtoSchema> parse_protobuf(const RegisteredSchema& schema, const Options& options,
                                   const std::string& topic) {
  auto parsed = parse_protobuf(schema);
  if (parsed) return parsed;
  SLUICE_ASSIGN(const std::string subject, subject_of(options, topic));
  return options.value("registry").error("subject '" + subject + "': " + parsed.error().message());
}

Result<ProtoFile> read_proto_file(const Options& options, io::FileSystem& files) {
  const ConfigValue& place = options.value("schema_file");
  const std::string& path = options.text("schema_file");
  if (path.empty()) return place.error("a file needs a name");
  auto text = files.read(path);
  if (!text) return std::move(text).error().with(place.error(path).message());
  if (!path.ends_with(".proto")) {
    auto schema = ProtoSchema::from_descriptor_set(*text);
    if (!schema) return place.error(path + ": " + schema.error().message());
    return ProtoFile{*std::move(schema), ""};
  }
  std::vector<std::string> folders;
  if (options.has("import_paths")) folders = options.text_list("import_paths");
  const std::size_t slash = path.rfind('/');
  folders.push_back(slash == std::string::npos ? "." : path.substr(0, slash));
  const auto imports = [&](const std::string& name) -> Result<std::optional<std::string>> {
    for (const std::string& folder : folders) {
      const std::string imported = io::join_path(folder, name);
      SLUICE_ASSIGN(const auto is_there, files.find(imported));
      if (!is_there) continue;
      SLUICE_ASSIGN(std::string content, files.read(imported));
      return std::optional(std::move(content));
    }
    return std::optional<std::string>();
  };
  auto schema = ProtoSchema::parse(path, *text, imports);
  if (!schema) {
    if (schema.error().kind() != Kind::kUser) return std::move(schema).error();
    return place.error(schema.error().message());
  }
  return ProtoFile{*std::move(schema), *std::move(text)};
}

Status ProtobufDecoder::prepare(const data::RecordBatch& batch) {
  if (registry_ == nullptr) return {};
  return plans_.fetch(batch, *registry_,
                      [this](const RegisteredSchema& schema) { return compile(schema); });
}

Result<std::shared_ptr<const RegisteredProto>> ProtobufDecoder::compile(
    const RegisteredSchema& schema) const {
  SLUICE_ASSIGN(const ProtoSchema types, parse_protobuf(schema));
  SLUICE_ASSIGN(const ProtoMessageId message, types.find(rules_.message));
  auto made = std::make_shared<RegisteredProto>();
  made->path = types.at(message).path;
  // Numbers say which field is which, so that records of other versions are read as the plan's.
  made->plan = plan_ ? plan_ : ProtoPlan::compile(types, message, rules_.columns);
  if (!made->plan->complaint().empty()) {
    log_warn("schema " + std::to_string(schema.id) + ": " + made->plan->complaint() +
             "; records that have such a value are rejected, or it is NULL (on_error)");
  }
  return std::shared_ptr<const RegisteredProto>(std::move(made));
}

std::unique_ptr<data::RecordReader> ProtobufDecoder::reader(std::vector<std::size_t> columns,
                                                            std::vector<std::size_t> checked,
                                                            data::Arena& arena) const {
  return std::make_unique<RegisteredReader<RegisteredProtoWalk>>(
      rules_, registry_ == nullptr ? plan_.get() : nullptr, plans_, columns, checked, arena);
}

std::string ProtobufDecoder::reason_text(const data::Reject& reject) const {
  return formats::reason_text(reject, rules_.columns.schema);
}

std::vector<OptionSpec> proto_file_options() {
  return {
      {.name = "schema_file",
       .type = OptionType::kPath,
       .text =
           "A file with the messages' types: a .proto file, or what protoc --include_imports -o "
           "FILE writes (a descriptor set).",
       .example = "schemas/order.proto"},
      {.name = "import_paths",
       .type = OptionType::kTextList,
       .text = "Folders with what the .proto file imports, besides its own. google/protobuf is "
               "always there.",
       .example = "[schemas/common]"},
      {.name = "message",
       .text = "The message that a record is, with its package. Default: the file's first.",
       .example = "shop.v1.Order"},
  };
}

FormatKind protobuf_format() {
  FormatKind kind;
  kind.name = "protobuf";
  kind.text =
      "Protobuf's messages, one a record: with the number of their schema in a registry, or bare, "
      "of "
      "the types in a file.";
  kind.options = shared_options();
  kind.options.front().required = false;
  kind.options.front().text =
      "The columns and their SQL types, by the names of the messages' fields. Default: all fields "
      "of "
      "the message in 'schema_file' or, without one, of the subject's newest version when the "
      "pipeline starts.";
  for (const std::vector<OptionSpec>& more : {proto_file_options(), schema_registry_options()}) {
    kind.options.insert(kind.options.end(), more.begin(), more.end());
  }
  kind.options.push_back(
      {.name = "emit_default_values",
       .type = OptionType::kBoolean,
       .text =
           "A field of proto3 that a message does not have is 0, false or an empty text, as in "
           "every reader of Protobuf. false: NULL, as in Spark's from_protobuf. Either way a "
           "field marked optional or in a oneof, and a message, is NULL, one of proto2 what its "
           "default says, a list or map empty.",
       .default_text = "true"});
  kind.make = [](const Options& options, const Context& context) {
    return ProtobufOptions(options, context).make();
  };
  add_protobuf_encoder(kind);
  return kind;
}

}  // namespace sluice::formats
