#include "formats/protobuf_encoder.h"

#include <optional>
#include <utility>
#include <vector>

#include "formats/protobuf_bytes.h"
#include "formats/protobuf_decoder.h"
#include "formats/protobuf_write_plan.h"
#include "formats/schema_registry.h"

namespace sluice::formats {
namespace {

class ProtobufEncoder final : public Encoder {
 public:
  ProtobufEncoder(ProtoWritePlan plan, WrittenSchema schema, std::vector<std::int32_t> path)
      : plan_(std::move(plan)), schema_(std::move(schema)), path_(std::move(path)) {}

  Status prepare() override {
    SLUICE_ASSIGN(header_, schema_.header());
    if (schema_.registry == nullptr) return {};
    if (path_.size() == 1 && path_[0] == 0) {
      header_ += '\0';
      return {};
    }
    append_varint(header_, zigzag(static_cast<std::int64_t>(path_.size())));
    for (const std::int32_t index : path_) append_varint(header_, zigzag(index));
    return {};
  }

  Result<bool> append(data::ChunkReader columns, std::uint64_t row,
                      std::string& out) const override {
    out += header_;
    SLUICE_TRY(plan_.append(columns, row, out));
    return true;
  }

 private:
  const ProtoWritePlan plan_;
  const WrittenSchema schema_;
  const std::vector<std::int32_t> path_;
  std::string header_;
};

/// The message that a row becomes, and the file that it is in.
struct NamedMessage {
  ProtoFile file;
  ProtoMessageId message = 0;
  std::optional<RegisteredSchema> newest;  ///< null: of a file
};

Result<NamedMessage> named_message(const Options& options, const EncoderContext& context) {
  NamedMessage named;
  SLUICE_ASSIGN(named.newest, newest_if_wanted(options, context.registry, context.topic,
                                               {"schema_file", "import_paths"}));
  if (named.newest) {
    SLUICE_ASSIGN(named.file.schema, parse_protobuf(*named.newest, options, context.topic));
  } else if (options.has("schema_file")) {
    SLUICE_ASSIGN(named.file, read_proto_file(options, *context.files));
  } else {
    return user_error(
        "the protobuf format needs the message's type: 'schema_file' names a .proto file or a "
        "descriptor set, 'registry' with 'newest: true' the address of a schema registry that has "
        "it");
  }
  const char* const place = options.has("message") ? "message"
                            : named.newest         ? "registry"
                                                   : "schema_file";
  const auto found = named.file.schema.find(options.has("message") ? options.text("message") : "");
  if (!found) return options.value(place).error(found.error().message());
  named.message = *found;
  return named;
}

/// A registry takes one text.
Status can_be_registered(const ProtoFile& file, const ConfigValue& place) {
  if (file.text.empty()) {
    return place.error("a registry takes the text of a .proto file, not a descriptor set");
  }
  if (file.schema.imported().empty()) return {};
  return place.error("the file imports " + file.schema.imported()[0] +
                     ", and only files without imports (google/protobuf apart) are registered: put "
                     "the types into one file, or register them yourself and write 'newest: true' "
                     "in place of 'schema_file'");
}

}  // namespace

Result<std::unique_ptr<Encoder>> make_protobuf_encoder(const Options& options,
                                                       const data::Schema& schema,
                                                       const EncoderContext& context) {
  SLUICE_ASSIGN(const NamedMessage named, named_message(options, context));
  const ProtoSchema& types = named.file.schema;
  SLUICE_ASSIGN(ProtoWritePlan plan, ProtoWritePlan::compile(types, named.message, schema));
  if (context.registry != nullptr && !named.newest) {
    SLUICE_TRY(can_be_registered(named.file, options.value("schema_file")));
  }
  SLUICE_ASSIGN(WrittenSchema written, written_schema(SchemaLanguage::kProtobuf, named.file.text,
                                                      options, context.registry, context.topic,
                                                      named.newest ? &*named.newest : nullptr));
  return {std::make_unique<ProtobufEncoder>(std::move(plan), std::move(written),
                                            types.at(named.message).path)};
}

Result<data::Schema> protobuf_written_columns(const Options& options,
                                              const EncoderContext& context) {
  SLUICE_ASSIGN(const NamedMessage named, named_message(options, context));
  auto columns = proto_columns(named.file.schema, named.message);
  if (columns) return columns;
  return options.value(named.newest ? "registry" : "schema_file").error(columns.error().message());
}

void add_protobuf_encoder(FormatKind& kind) {
  kind.value_text =
      "A row as a Protobuf message of the type in a file, a field for each column; NULL is a field "
      "that is not there. With the number of its schema in a registry, or bare. A value that does "
      "not fit stops the pipeline (E_VALUE_DOES_NOT_FIT).";
  for (const std::vector<OptionSpec>& more :
       {proto_file_options(), written_schema_options(), schema_registry_options()}) {
    kind.encoder_options.insert(kind.encoder_options.end(), more.begin(), more.end());
  }
  kind.make_encoder = make_protobuf_encoder;
  kind.written_columns = protobuf_written_columns;
}

}  // namespace sluice::formats
