#include "app/rehearsal/came_rows.h"

#include <string>
#include <utility>

#include "base/json.h"
#include "base/utf8_text.h"
#include "config/yaml.h"

namespace sluice::app {
namespace {

std::string hex_text(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 15U];
  }
  return text;
}

std::string bytes_json(std::string_view bytes, RowForm form) {
  if (is_utf8(bytes)) return dump_json(Json(bytes));
  if (form == RowForm::kExpected) return dump_json(Json("0x" + hex_text(bytes)));
  return "{\"hex\": \"" + hex_text(bytes) + "\"}";
}

}  // namespace

RowReader::RowReader(const data::Schema& schema, const TimeZone& zone, RowForm form)
    : schema_(schema), form_(form) {
  const formats::JsonForm json = form == RowForm::kExpected
                                     ? formats::JsonForm::kLinesWithoutOffsets
                                     : formats::JsonForm::kLines;
  for (const data::Field& field : schema.fields()) writers_.emplace_back(field.type, json, zone);
}

Result<RowReader> RowReader::make(const data::Schema& schema, const TimeZone& zone, RowForm form) {
  for (const data::Field& field : schema.fields()) {
    if (formats::has_json(field.type) || field.type.id() == data::TypeId::kBlob) continue;
    return user_error("column '" + field.name + "' is a " + field.type.to_string() +
                      ", which no file of tests can hold; CAST it AS VARCHAR");
  }
  return RowReader(schema, zone, form);
}

Result<ConfigValue> RowReader::row(data::ChunkReader columns, std::uint64_t row) const {
  std::string text = "{";
  for (std::size_t i = 0; i < schema_.size(); ++i) {
    text += (i == 0 ? "" : ", ") + dump_json(Json(schema_[i].name)) + ": ";
    const data::VectorReader& vector = columns[i];
    const data::TypeId type = schema_[i].type.id();
    const bool is_typeless = vector.values == nullptr && type != data::TypeId::kStruct;
    if (is_typeless || vector.is_null(row)) {
      text += "null";
    } else if (type == data::TypeId::kBlob) {
      text += bytes_json(vector.text(row), form_);
    } else {
      writers_[i].append(text, vector, row);
    }
  }
  // JSON is YAML.
  return config::parse_yaml(text + "}", "a row");
}

Result<CameRows> read_rows(connector::BatchTable& rows, const connector::ChunkRequest& request,
                           RowForm form, std::size_t rows_max) {
  CameRows came;
  came.schema = connector::chunk_schema(rows.schema(), request);
  SLUICE_ASSIGN(const RowReader reader, RowReader::make(came.schema, rows.zone(), form));
  const auto add = [&](const connector::RowChunk& chunk) -> Result<bool> {
    for (std::size_t row = 0; row < chunk.rows; ++row) {
      if (came.rows.size() >= rows_max) return false;
      SLUICE_ASSIGN(ConfigValue one, reader.row(chunk.columns, row));
      came.rows.push_back(std::move(one));
    }
    return true;
  };
  SLUICE_TRY(rows.read_chunks(request, add));
  return came;
}

}  // namespace sluice::app
