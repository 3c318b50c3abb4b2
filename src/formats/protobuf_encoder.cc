#include "formats/protobuf_encoder.h"

#include <utility>

#include "formats/protobuf_bytes.h"
#include "formats/protobuf_decoder.h"
#include "formats/protobuf_write_plan.h"
#include "formats/schema_registry.h"

namespace sluice::formats {
namespace {

class ProtobufEncoder final : public Encoder {
 public:
  ProtobufEncoder(ProtoWritePlan plan, std::string text, std::vector<std::int32_t> path,
                  SchemaRegistry* registry, std::string subject, bool registers)
      : plan_(std::move(plan)),
        text_(std::move(text)),
        path_(std::move(path)),
        registry_(registry),
        subject_(std::move(subject)),
        registers_(registers) {}

  Status prepare() override {
    if (registry_ == nullptr) return {};
    auto number = registers_ ? registry_->add(subject_, SchemaLanguage::kProtobuf, text_)
                             : registry_->find(subject_, SchemaLanguage::kProtobuf, text_);
    if (!number) return std::move(number).error();
    header_.clear();
    append_schema_number(header_, *number);
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
  const std::string text_;
  const std::vector<std::int32_t> path_;
  SchemaRegistry* const registry_;
  const std::string subject_;
  const bool registers_;
  std::string header_;
};

}  // namespace

Result<std::unique_ptr<Encoder>> make_protobuf_encoder(const Options& options,
                                                       const data::Schema& schema,
                                                       const EncoderContext& context) {
  SLUICE_ASSIGN(const ProtoFile file, read_proto_file(options, *context.files));
  const ConfigValue& place = options.value(options.has("message") ? "message" : "schema_file");
  const auto message = file.schema.find(options.has("message") ? options.text("message") : "");
  if (!message) return place.error(message.error().message());
  SLUICE_ASSIGN(ProtoWritePlan plan, ProtoWritePlan::compile(file.schema, *message, schema));
  std::string subject;
  if (context.registry != nullptr) {
    SLUICE_ASSIGN(subject, subject_of(options, context.topic));
    if (file.text.empty()) {
      return options.value("schema_file")
          .error("a registry takes the text of a .proto file, not a descriptor set");
    }
    if (!file.schema.imported().empty()) {
      return options.value("schema_file")
          .error("the file imports " + file.schema.imported()[0] +
                 ", and only files without imports (google/protobuf apart) are registered: put the "
                 "types "
                 "into one file");
    }
  }
  return {std::make_unique<ProtobufEncoder>(std::move(plan), file.text,
                                            file.schema.at(*message).path, context.registry,
                                            std::move(subject), options.boolean("register"))};
}

void add_protobuf_encoder(FormatKind& kind) {
  kind.value_text =
      "A row as a Protobuf message of the type in a file, a field for each column; NULL is a field "
      "that is not there. With the number of its schema in a registry, or bare. A value that does "
      "not fit stops the pipeline (E_VALUE_DOES_NOT_FIT).";
  kind.encoder_options = proto_file_options();
  kind.encoder_options.front().required = true;
  kind.encoder_options.push_back(
      {.name = "register",
       .type = OptionType::kBoolean,
       .text = "The schema is added to the registry when it is not there; the registry refuses one "
               "that does not go with the subject's older versions. false: it must be there.",
       .default_text = "true"});
  const std::vector<OptionSpec> registry = schema_registry_options();
  kind.encoder_options.insert(kind.encoder_options.end(), registry.begin(), registry.end());
  kind.make_encoder = make_protobuf_encoder;
}

}  // namespace sluice::formats
