#include "formats/text_decoder.h"

#include <simdjson.h>

#include "formats/reason.h"
#include "formats/schema_option.h"

namespace sluice::formats {
namespace {

class TextReader final : public data::RecordReader {
 public:
  explicit TextReader(bool null_bad) : null_bad_(null_bad) {}

  void read(std::span<const data::Payload> payloads, std::size_t first, std::size_t count,
            data::ChunkWriter out, std::vector<std::uint32_t>& kept,
            std::vector<data::Reject>& rejects) override {
    for (std::size_t i = first; i < first + count; ++i) {
      const data::Payload& payload = payloads[i];
      const bool has_text =
          payload.bytes != nullptr && simdjson::validate_utf8(payload.bytes, payload.size);
      if (!has_text && payload.bytes != nullptr && !null_bad_) {
        rejects.push_back({static_cast<std::uint32_t>(i),
                           static_cast<std::uint16_t>(Reason::kInvalidUtf8),
                           data::Reject::kNoColumn});
        continue;
      }
      // No column at all when only the rows are counted.
      if (!out.empty() && has_text) out[0].set_text(kept.size(), payload.text());
      if (!out.empty() && !has_text) out[0].set_null(kept.size());
      kept.push_back(static_cast<std::uint32_t>(i));
    }
  }

 private:
  bool null_bad_;
};

}  // namespace

std::unique_ptr<data::RecordReader> TextDecoder::reader(std::vector<std::size_t> /*columns*/,
                                                        std::vector<std::size_t> /*checked*/,
                                                        data::Arena& /*arena*/) const {
  return std::make_unique<TextReader>(null_bad_);
}

std::string TextDecoder::reason_text(const data::Reject& reject) const {
  return formats::reason_text(reject, schema_);
}

FormatKind text_format() {
  FormatKind kind;
  kind.name = "text";
  kind.text =
      "A record is a text, in one VARCHAR column; one without a value (a Kafka tombstone) is NULL.";
  kind.options = {{.name = "column",
                   .text = "What the column is called.",
                   .default_text = "value",
                   .example = "line"},
                  shared_options()[1]};  // on_error
  kind.options[1].text =
      "What happens to a record that is not UTF-8: it goes to the dead letter; or the column is "
      "NULL; or the pipeline stops.";
  kind.make = [](const Options& options, const Context&) -> Result<std::unique_ptr<data::Decoder>> {
    const std::string& column = options.text("column");
    if (column.empty()) return options.value("column").error("a column needs a name");
    return {std::make_unique<TextDecoder>(column, options.text("on_error") == "null")};
  };
  return kind;
}

}  // namespace sluice::formats
