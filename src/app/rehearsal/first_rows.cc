#include "app/rehearsal/first_rows.h"

#include <string_view>
#include <utility>
#include <vector>

#include "base/csv_text.h"
#include "base/json.h"
#include "base/quantity_text.h"
#include "base/utf8_text.h"
#include "formats/json_encoder.h"
#include "formats/page_value.h"
#include "formats/shown_row.h"

namespace sluice::app {
namespace {

/// What a page gets: of a value, and of all rows of a part.
constexpr std::size_t kValueBytesMax = 10'000;
constexpr std::size_t kPageBytesMax = std::size_t{1} << 20;

/// Of a value that is too long, the beginning as a text; it is JSON from `begin` on.
void cut_value(std::string& json, std::size_t begin) {
  const std::size_t bytes = json.size() - begin;
  if (bytes <= kValueBytesMax) return;
  std::string text = json.substr(begin);
  if (text.starts_with('"')) text = parse_json(text).get<std::string>();
  const std::string whole = bytes_text(static_cast<std::int64_t>(text.size()));
  if (text.size() > kValueBytesMax) {
    text.resize(valid_utf8_bytes(std::string_view(text).substr(0, kValueBytesMax)));
    text += "... (of " + whole + ")";
  }
  json.replace(begin, bytes, dump_json(Json(std::move(text))));
}

std::string page_row(const std::vector<formats::PageValue>& writers, data::ChunkReader columns,
                     std::size_t row) {
  std::string json = "[";
  for (std::size_t i = 0; i < writers.size(); ++i) {
    if (i > 0) json += ',';
    const std::size_t begin = json.size();
    writers[i].append(json, columns[i], row);
    cut_value(json, begin);
  }
  return json + "]";
}

}  // namespace

Status FirstRows::begin(const data::Schema& schema) {
  has_begun_ = true;
  has_more_ = false;
  rows_ = 0;
  lines_.clear();
  columns_.clear();
  values_.clear();
  value_bytes_ = 0;
  if (request_.for_page) {
    for (const data::Field& field : schema.fields()) {
      columns_.push_back({field.name, field.type.to_string()});
    }
  }
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
  std::vector<formats::PageValue> page;
  if (request_.for_page) {
    for (const data::Field& field : schema.fields()) page.emplace_back(field.type, rows.zone());
  }
  const std::size_t before = rows_;
  const auto add = [&](const connector::RowChunk& chunk) -> Result<bool> {
    for (std::size_t row = 0; row < chunk.rows; ++row) {
      if (has_enough()) {
        has_more_ = true;
        return false;
      }
      ++rows_;
      if (!page.empty()) add_values(page_row(page, chunk.columns, row));
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

void FirstRows::add_values(const std::string& json) {
  value_bytes_ += json.size();
  if (values_.empty() || value_bytes_ <= kPageBytesMax) values_.push_back(json);
}

PreviewedPart FirstRows::part() const {
  PreviewedPart part;
  part.rows = text();
  part.columns = columns_;
  part.values = values_;
  part.has_more = has_more_ || values_.size() < rows_;
  return part;
}

std::string FirstRows::text() const {
  if (request_.format != PreviewFormat::kTable) return lines_;
  if (table_ == nullptr) return "";
  std::string text = table_->text(has_more_);
  if (!text.ends_with('\n')) text += '\n';
  return text;
}

}  // namespace sluice::app
