#include "formats/csv_encoder.h"

#include <string_view>
#include <utility>

#include "formats/binary_text.h"
#include "formats/csv_options.h"
#include "formats/json_writer.h"
#include "formats/shown_value.h"
#include "formats/time_writer.h"

namespace sluice::formats {
namespace {

using data::TypeId;

class CsvEncoder final : public Encoder {
 public:
  CsvEncoder(data::Schema schema, CsvStyle style, std::string null_text, const TimeZone& zone)
      : schema_(std::move(schema)), style_(style), null_text_(std::move(null_text)), zone_(zone) {}

  Result<bool> append(data::ChunkReader columns, std::uint64_t row,
                      std::string& out) const override {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) out += style_.delimiter;
      if (columns[i].is_null(row)) {
        out += null_text_;
        continue;
      }
      const std::size_t start = out.size();
      append_value(columns[i], schema_[i].type, row, out);
      if (needs_quotes(std::string_view(out).substr(start))) quote(out, start);
    }
    return true;
  }

 private:
  void append_value(const data::VectorReader& column, const data::Type& type, std::uint64_t row,
                    std::string& out) const {
    if (type.id() == TypeId::kBlob) {
      append_base64(out, column.text(row));
      return;
    }
    append_shown(out, column, type, row, &zone_);
    if (type.id() != TypeId::kTimestampTz) return;
    const auto micros = column.at<std::int64_t>(row);
    if (!is_finite_timestamp(micros)) return;
    append_zone_offset(out, zone_.offset_at(micros), /*short_form=*/true);
  }

  bool needs_quotes(std::string_view field) const {
    if (field == null_text_) return true;
    for (const char c : field) {
      if (c == style_.delimiter || c == style_.quote || c == '\n' || c == '\r') return true;
    }
    return false;
  }

  /// What `out` has from `start` on, which is rare.
  void quote(std::string& out, std::size_t start) const {
    const std::string field = out.substr(start);
    out.resize(start);
    out += style_.quote;
    for (const char c : field) {
      if (c == style_.quote || c == style_.escape) out += style_.escape;
      out += c;
    }
    out += style_.quote;
  }

  const data::Schema schema_;
  const CsvStyle style_;
  const std::string null_text_;
  const TimeZone zone_;
};

}  // namespace

std::vector<OptionSpec> csv_encoder_options() {
  std::vector<OptionSpec> options = csv_writing_options();
  options.push_back({.name = "null_text",
                     .text = "The text of a NULL, without quotes; nothing by default. A value of "
                             "this very text is written in quotes.",
                     .example = "NULL"});
  return options;
}

Result<std::unique_ptr<Encoder>> make_csv_encoder(const Options& options,
                                                  const data::Schema& schema,
                                                  const TimeZone& zone) {
  SLUICE_ASSIGN(const CsvStyle style, read_csv_style(options));
  if (style.quote == '\0') {
    return options.value("quote").error(
        "'quote' must be a character: without one a text with a delimiter could not be written");
  }
  for (const data::Field& field : schema.fields()) {
    if (field.type.children().empty() && has_json(field.type)) continue;
    return user_error("column '" + field.name + "' is a " + field.type.to_string() +
                      ", which has no CSV text: write to_json(" + field.name + ") in the view");
  }
  return {std::make_unique<CsvEncoder>(
      schema, style, options.has("null_text") ? options.text("null_text") : "", zone)};
}

}  // namespace sluice::formats
