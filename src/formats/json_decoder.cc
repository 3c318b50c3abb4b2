#include "formats/json_decoder.h"

#include "formats/reason.h"

namespace sluice::formats {

namespace {

Result<std::unique_ptr<data::Decoder>> make_json_decoder(const Options& options) {
  SLUICE_ASSIGN(DecodedColumns columns, read_schema(options));
  JsonRules rules;
  if (options.text("mode") == "spark") {
    rules = {Rules::kSpark, BadField::kSpark};
  } else if (options.text("on_error") == "null") {
    rules.bad_field = BadField::kNull;
  }
  return std::unique_ptr<data::Decoder>(std::make_unique<JsonDecoder>(std::move(columns), rules));
}

}  // namespace

std::unique_ptr<data::RecordReader> JsonDecoder::reader(std::vector<std::size_t> columns,
                                                        std::vector<std::size_t> checked,
                                                        data::Arena& arena) const {
  return std::make_unique<JsonReader>(columns_.schema, columns_.plans, rules_, columns, checked,
                                      arena);
}

std::string JsonDecoder::reason_text(const data::Reject& reject) const {
  return formats::reason_text(reject, columns_.schema);
}

FormatKind json_format() {
  FormatKind kind;
  kind.name = "json";
  kind.text = "One JSON object a record.";
  kind.options = shared_options();
  kind.options.push_back(
      {.name = "mode",
       .type = OptionType::kChoice,
       .text =
           "strict: what is not plainly right is an error. spark: what Spark's from_json makes "
           "of it in its PERMISSIVE mode; a record that it cannot read is a row of NULLs, never "
           "a dead letter. docs/reference/json.md lists the differences.",
       .default_text = "strict",
       .choices = {"strict", "spark"}});
  kind.make = make_json_decoder;
  return kind;
}

}  // namespace sluice::formats
