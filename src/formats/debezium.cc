#include "formats/debezium.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "formats/avro_decoder.h"
#include "formats/json_change.h"
#include "formats/json_decoder.h"

namespace sluice::formats {
namespace {

/// Changes in JSON: the row inside is decoded as the json format does it.
class JsonChangeDecoder final : public data::Decoder {
 public:
  JsonChangeDecoder(std::unique_ptr<data::Decoder> rows, RowImage image)
      : rows_(std::move(rows)), image_(image) {}

  Status prepare(const data::RecordBatch& batch) override { return rows_->prepare(batch); }

  std::unique_ptr<data::RecordBatch> present(const data::RecordBatch& messages) const override {
    std::vector<Change> changes;
    changes.reserve(messages.size());
    for (const data::Payload& message : messages.payloads()) {
      if (message.bytes == nullptr) continue;
      changes.push_back(read_json_change(message.text(), image_));
    }
    return std::make_unique<ChangeBatch>(messages, std::move(changes));
  }

  const data::Schema& added_columns() const override {
    return ChangeBatch::added_columns(/*has_source=*/true);
  }
  const data::Schema& schema() const override { return rows_->schema(); }
  std::unique_ptr<data::RecordReader> reader(std::vector<std::size_t> columns,
                                             std::vector<std::size_t> checked,
                                             data::Arena& arena) const override {
    return rows_->reader(std::move(columns), std::move(checked), arena);
  }
  std::string reason_text(const data::Reject& reject) const override {
    return rows_->reason_text(reject);
  }

 private:
  const std::unique_ptr<data::Decoder> rows_;
  const RowImage image_;
};

/// The options that `specs` declares, of those that were given.
Result<Options> part_of(const Options& given, const std::vector<OptionSpec>& specs,
                        std::string_view subject) {
  std::vector<ConfigValue::Entry> entries;
  for (const OptionSpec& spec : specs) {
    if (!given.has(spec.name)) continue;
    const ConfigValue& value = given.value(spec.name);
    entries.push_back({spec.name, value.location(), value});
  }
  return Options::validate(
      specs, ConfigValue::map(std::move(entries), given.value("value").location()), subject);
}

RowImage image_of(const Options& options) {
  const std::string& text = options.text("image");
  if (text == "after") return RowImage::kAfter;
  return text == "before" ? RowImage::kBefore : RowImage::kRow;
}

Result<std::unique_ptr<data::Decoder>> make_json_changes(const Options& options,
                                                         const Context& context) {
  if (options.has("registry")) {
    return options.value("registry")
        .error("'registry' is of value: avro, and the values here are JSON");
  }
  const FormatKind json = json_format();
  SLUICE_ASSIGN(const Options of_rows, part_of(options, json.options, "the debezium format"));
  SLUICE_ASSIGN(auto rows, json.make(of_rows, context));
  return std::unique_ptr<data::Decoder>(
      std::make_unique<JsonChangeDecoder>(std::move(rows), image_of(options)));
}

Result<std::unique_ptr<data::Decoder>> make_debezium(const Options& options,
                                                     const Context& context) {
  if (options.text("value") == "json") return make_json_changes(options, context);
  if (options.has("schema_file")) {
    return options.value("schema_file")
        .error(
            "'schema_file' is of value: json; in Avro the columns are the registry's, or in "
            "'schema'");
  }
  const FormatKind avro = avro_format();
  SLUICE_ASSIGN(const Options of_rows, part_of(options, avro.options, "the debezium format"));
  return make_avro_change_decoder(of_rows, context, image_of(options));
}

}  // namespace

FormatKind debezium_format() {
  FormatKind kind;
  kind.name = "debezium";
  kind.text =
      "Changes of a database's rows, in Debezium's envelope: the row that a change leaves or, of a "
      "delete, the row that it takes. Metadata op (c, u, d, r) and ts_ms say which; a tombstone "
      "after "
      "a delete is skipped.";
  kind.options = shared_options();
  // A tombstone after a delete says nothing new.
  std::erase_if(kind.options, [](const OptionSpec& spec) { return spec.name == "tombstones"; });
  kind.options.front().required = false;
  kind.options.front().text =
      "The columns of the database's table and their SQL types. In Avro by default all fields of "
      "the "
      "row in the subject's newest version.";
  kind.options.push_back({.name = "value",
                          .type = OptionType::kChoice,
                          .text = "What the envelopes are written in: JSON, with or without Kafka "
                                  "Connect's schema around them, or Avro, by a schema registry.",
                          .default_text = "json",
                          .choices = {"json", "avro"}});
  kind.options.push_back({.name = "image",
                          .type = OptionType::kChoice,
                          .text =
                              "Which row of a change: row is the one after it or, of a delete, "
                              "the one before; after and before are those, and a change that has "
                              "none is a dead letter.",
                          .default_text = "row",
                          .choices = {"row", "after", "before"}});
  kind.options.push_back({.name = "schema_file",
                          .type = OptionType::kPath,
                          .text = "Of JSON: a file with the columns, as of the json format.",
                          .example = "schemas/orders.sql"});
  const std::vector<OptionSpec> registry = schema_registry_options();
  kind.options.insert(kind.options.end(), registry.begin(), registry.end());
  kind.make = make_debezium;
  return kind;
}

}  // namespace sluice::formats
