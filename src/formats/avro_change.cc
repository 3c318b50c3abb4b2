#include <utility>
#include <vector>

#include "formats/avro_decoder.h"
#include "formats/avro_walk.h"
#include "formats/change_batch.h"

namespace sluice::formats {
namespace {

/// Changes in Avro: the envelope is one record, walked once for op and ts_ms, and once for the row.
class AvroChangeDecoder final : public data::Decoder {
 public:
  explicit AvroChangeDecoder(std::unique_ptr<AvroDecoder> rows) : rows_(std::move(rows)) {}

  Status prepare(const data::RecordBatch& batch) override { return rows_->prepare(batch); }

  std::unique_ptr<data::RecordBatch> present(const data::RecordBatch& messages) const override {
    std::vector<Change> changes;
    changes.reserve(messages.size());
    const std::vector<data::VectorWriter*> nothing;
    data::Arena arena;
    AvroWalk walk(nothing, arena, /*null_bad=*/false);
    for (const data::Payload& message : messages.payloads()) {
      if (message.bytes == nullptr) continue;
      Change change;
      change.row = message;
      const auto number = schema_number_of(message.text());
      const AvroPlan* const plan = number ? rows_->plan_of(*number) : nullptr;
      // What is broken is so for the reader, too, which says why.
      if (plan != nullptr) {
        walk.read_change(*plan, message.text().substr(kSchemaHeaderBytes), change.op, change.ts_ms);
      }
      changes.push_back(change);
    }
    return std::make_unique<ChangeBatch>(messages, std::move(changes));
  }

  const data::Schema& added_columns() const override {
    return ChangeBatch::added_columns(/*has_source=*/false);
  }
  const data::Schema& schema() const override { return rows_->schema(); }
  std::unique_ptr<data::RecordReader> reader(std::vector<std::size_t> columns,
                                             std::vector<std::size_t> checked,
                                             data::Arena& arena) const override {
    return rows_->reader(std::move(columns), std::move(checked), arena);
  }
  bool expects_schema_numbers() const override { return true; }
  std::string reason_text(const data::Reject& reject) const override {
    return rows_->reason_text(reject);
  }

 private:
  const std::unique_ptr<AvroDecoder> rows_;
};

/// The columns of the rows in an envelope.
Result<data::Schema> row_columns(const AvroSchema& envelope) {
  for (const AvroField& field : envelope.root().fields) {
    if (field.name != "after") continue;
    const AvroNode& after = envelope.at(field.node);
    for (const AvroNodeId branch :
         after.kind == AvroKind::kUnion ? after.children : std::vector<AvroNodeId>{field.node}) {
      if (envelope.at(branch).kind != AvroKind::kRecord) continue;
      SLUICE_ASSIGN(const data::Type row, avro_column_type(envelope, branch));
      return data::Schema(row.children());
    }
  }
  return user_error(
      "the schema is no envelope of Debezium: a record with the fields before, after and "
      "op; was the connector told to unwrap it? then the format is avro");
}

}  // namespace

Result<std::unique_ptr<data::Decoder>> make_avro_change_decoder(const Options& options,
                                                                const Context& context,
                                                                RowImage image) {
  SLUICE_ASSIGN(auto registry, make_schema_registry(options));
  if (registry == nullptr) {
    return options.value("on_error")
        .error(
            "'value: avro' needs 'registry', the address of the schema registry that the connector "
            "used");
  }
  AvroDecoder::Rules rules;
  rules.null_bad_fields = options.text("on_error") == "null";
  rules.image = image;
  if (options.has("schema")) {
    const ConfigValue& given = options.value("schema");
    SLUICE_ASSIGN(data::Schema schema, parse_schema(given));
    SLUICE_ASSIGN(rules.columns,
                  compile_binary_columns(std::move(schema),
                                         [&given](std::size_t column, const std::string& text) {
                                           return given.entries()[column].value.error(text);
                                         }));
  } else {
    const ConfigValue& place = options.value("registry");
    SLUICE_ASSIGN(const AvroSchema newest, newest_avro(*registry, options, context.topic));
    auto columns = row_columns(newest);
    if (!columns) return place.error(columns.error().message());
    SLUICE_ASSIGN(rules.columns,
                  compile_binary_columns(*std::move(columns),
                                         [&place](std::size_t /*column*/, const std::string& text) {
                                           return place.error(text);
                                         }));
  }
  return std::unique_ptr<data::Decoder>(std::make_unique<AvroChangeDecoder>(
      AvroDecoder::make(std::move(rules), std::move(registry))));
}

}  // namespace sluice::formats
