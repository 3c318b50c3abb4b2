#include "app/rehearsal/first_rows.h"

#include <vector>

#include "base/csv_text.h"
#include "formats/json_encoder.h"
#include "formats/shown_row.h"

namespace sluice::app {

Status FirstRows::begin(const data::Schema& schema) {
  has_begun_ = true;
  has_more_ = false;
  rows_ = 0;
  lines_.clear();
  std::vector<std::string> names;
  for (const data::Field& field : schema.fields()) names.push_back(field.name);
  table_ = std::make_unique<connectors::ShowTable>(
      names, connectors::ShowOptions{.truncate = request_.truncate});
  if (request_.format != PreviewFormat::kCsv) return {};
  for (const std::string& name : names) {
    if (&name != names.data()) lines_ += ',';
    append_csv_field(lines_, name);
  }
  lines_ += '\n';
  return {};
}

Result<std::uint64_t> FirstRows::add(connector::BatchTable& rows, bool replaces) {
  const data::Schema schema = connector::chunk_schema(rows.schema());
  if (replaces || !has_begun_) SLUICE_TRY(begin(schema));
  std::unique_ptr<formats::Encoder> encoder;
  if (request_.format == PreviewFormat::kJson) {
    SLUICE_ASSIGN(encoder,
                  formats::make_json_encoder(schema, formats::JsonForm::kLines, rows.zone()));
  }
  formats::ShownRow shown(schema, rows.zone());
  const std::size_t before = rows_;
  const auto add = [&](const connector::RowChunk& chunk) -> Result<bool> {
    for (std::size_t row = 0; row < chunk.rows; ++row) {
      if (has_enough()) {
        has_more_ = true;
        return false;
      }
      ++rows_;
      if (encoder != nullptr) {
        SLUICE_TRY(encoder->append(chunk.columns, row, lines_));
        lines_ += '\n';
        continue;
      }
      const formats::ShownRow::Texts& texts = shown.at(chunk.columns, row);
      if (request_.format == PreviewFormat::kTable) {
        table_->add_row(texts);
        continue;
      }
      for (std::size_t i = 0; i < texts.size(); ++i) {
        if (i > 0) lines_ += ',';
        append_csv_field(lines_, texts[i].value_or(""));
      }
      lines_ += '\n';
    }
    return true;
  };
  SLUICE_TRY(rows.read_chunks({}, add));
  return rows_ - (replaces ? 0 : before);
}

std::string FirstRows::text() const {
  if (request_.format != PreviewFormat::kTable) return lines_;
  if (table_ == nullptr) return "";
  std::string text = table_->text(has_more_);
  if (!text.ends_with('\n')) text += '\n';
  return text;
}

}  // namespace sluice::app
