#include "app/rehearsal/row_writer.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "app/rehearsal/given_value.h"
#include "base/json.h"
#include "base/utf8_text.h"
#include "config/yaml.h"

namespace sluice::app {
namespace {

using Shape = ConfigValue::Shape;
using data::TypeId;

/// JSON without the blanks between its words.
std::string compact_json(std::string_view text) {
  std::string compact;
  bool in_text = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_text && c == '\\' && i + 1 < text.size()) {
      compact += c;
      compact += text[++i];
      continue;
    }
    if (c == '"') in_text = !in_text;
    const bool is_blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (in_text || !is_blank) compact += c;
  }
  return compact;
}

/// As a file of tests has a text: in single quotes, which need no backslashes, where they will do.
std::string quoted_text(const std::string& text) {
  const bool is_simple = std::ranges::all_of(
      text, [](char c) { return static_cast<unsigned char>(c) >= 0x20U && c != 0x7f; });
  if (!is_simple) return dump_json(Json(text));
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  return quoted + "'";
}

std::string spaced_hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (!text.empty()) text += ' ';
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 15U];
  }
  return '"' + text + '"';
}

/// A number, true or false, which need no quotes.
bool is_bare(const std::string& text) {
  return text != "null" && json_of(ConfigValue::scalar(text, /*quoted=*/false, {})) == text;
}

/// {raw: text, key: a}, or raw: text.
std::string with_own(const std::string& value, const std::string& own) {
  return own.empty() ? value : "{" + value + own + "}";
}

/// 2024-05-01 12:00:00.5+00 as 2024-05-01T12:00:00.5Z, which nobody takes for a local time.
std::string time_text(std::string text) {
  if (!text.ends_with("+00")) return text;
  text.replace(text.size() - 3, 3, "Z");
  if (const std::size_t blank = text.find(' '); blank != text.npos) text[blank] = 'T';
  return text;
}

}  // namespace

Result<std::unique_ptr<RowWriter>> RowWriter::make(const config::SourceEntry& entry,
                                                   const engine::SourcePart& part,
                                                   const connector::Registry& registry,
                                                   io::FileSystem& files, Mask& mask) {
  std::unique_ptr<RowWriter> made(new RowWriter(entry, part, mask));
  SLUICE_ASSIGN(made->maker_, RecordMaker::make(entry, part, registry, files));
  const data::Schema& own = part.source->schema();
  made->shows_bytes_ = std::ranges::any_of(part.columns, [&](const sql::ScanColumn& column) {
    return !column.decoded && column.index < own.size() && own[column.index].name == "value";
  });
  return made;
}

Result<std::optional<WrittenRow>> RowWriter::write(const TakenRecord& record, bool is_letter) {
  if (part_.decoder == nullptr) return write_columns(record);
  if (!record.payload) {
    return std::optional(WrittenRow{with_own("raw: null", own_text(record.own)), {}});
  }
  SLUICE_ASSIGN(std::optional<ConfigValue> columns, columns_of(*record.payload));
  std::string bytes = *record.payload;
  bool is_masked = false;
  if (columns) {
    const ConfigValue masked = mask_.row(*columns);
    is_masked = json_of(masked) != json_of(*columns);
    columns = masked;
  }
  if (is_masked || (!columns && !mask_.is_empty())) bytes = mask_.scrambled(bytes);
  // After the row, so that the mask knows its values.
  const std::string own = own_text(record.own);
  if (columns) {
    const std::string text = flow_text(*columns);
    std::vector<std::string> rows = {"{row: " + text + own + "}"};
    if (own.empty()) rows.insert(rows.begin(), text);
    for (const std::string& row : rows) {
      const auto made = given(row);
      // What comes back of a masked one cannot be what it was.
      const bool is_same =
          made && (is_masked || gives(*made, bytes, /*exactly=*/is_letter || shows_bytes_));
      if (is_same) return std::optional(WrittenRow{row, *columns});
    }
  }
  std::vector<std::string> rows = {with_own("hex: " + spaced_hex(bytes), own)};
  if (is_utf8(bytes)) rows.insert(rows.begin(), with_own("raw: " + quoted_text(bytes), own));
  for (const std::string& row : rows) {
    const auto made = given(row);
    if (made && gives(*made, bytes, /*exactly=*/true)) {
      return std::optional(WrittenRow{row, {}});
    }
  }
  return std::optional<WrittenRow>();
}

Result<std::optional<WrittenRow>> RowWriter::write_columns(const TakenRecord& record) {
  std::vector<ConfigValue::Entry> entries;
  const ConfigValue masked = mask_.row(record.own);
  for (const ConfigValue::Entry& entry : masked.entries()) {
    if (!is_null(entry.value)) entries.push_back(entry);
  }
  const ConfigValue row = ConfigValue::map(std::move(entries), record.own.location());
  const std::string text = flow_text(row);
  if (!given(text)) return std::optional<WrittenRow>();
  return std::optional(WrittenRow{text, row});
}

Result<std::optional<ConfigValue>> RowWriter::columns_of(const std::string& payload) {
  const std::string& format = maker_->format();
  if (format == "json" || format == "debezium") {
    auto tree = config::parse_yaml(payload, "a record");
    const bool is_tree = tree && (tree->shape() == Shape::kMap || tree->shape() == Shape::kList) &&
                         payload.find_first_of("{[") != payload.npos;
    if (is_tree) return std::optional(*std::move(tree));
    return std::optional<ConfigValue>();
  }
  if (format == "csv") return csv_row(payload);
  if (maker_->has_encoder()) return decoded(payload);
  if (format == "text" && is_utf8(payload)) {
    const std::string& column = part_.decoder->schema()[0].name;
    const ConfigValue text = ConfigValue::scalar(payload, /*quoted=*/true, {});
    if (!mask_.has(column)) return std::optional(text);
    // Its column is named, so that it is masked.
    return std::optional(ConfigValue::map({{column, {}, text}}, {}));
  }
  return std::optional<ConfigValue>();
}

Result<std::optional<ConfigValue>> RowWriter::decoded(const std::string& payload) {
  if (scanned_ == nullptr) {
    std::vector<sql::ScanColumn> columns;
    const data::Schema& schema = part_.decoder->schema();
    for (std::size_t i = 0; i < schema.size(); ++i) columns.push_back({schema[i], true, i});
    SLUICE_ASSIGN(scanned_, ScannedRecords::make(std::move(columns), part_.decoder.get()));
  }
  std::vector<GivenRecord> one(1);
  one[0].payload = payload;
  one[0].own = "{}";
  const GivenBatch batch(std::move(one), maker_->own());
  const data::Schema schema = connector::chunk_schema(scanned_->schema());
  auto reader = RowReader::make(schema, scanned_->zone(), RowForm::kGiven);
  if (!reader) return std::optional<ConfigValue>();
  std::optional<ConfigValue> row;
  SLUICE_TRY(scanned_->read(batch, [&](const connector::RowChunk& chunk) -> Result<bool> {
    SLUICE_ASSIGN(row, reader->row(chunk.columns, 0));
    return false;
  }));
  return row;
}

std::optional<ConfigValue> RowWriter::csv_row(const std::string& line) const {
  const std::string delimiter = maker_->csv_delimiter();
  std::vector<std::optional<std::string>> fields;
  std::size_t at = 0;
  while (true) {
    std::string field;
    const bool is_quoted = at < line.size() && line[at] == '"';
    if (is_quoted) {
      for (++at; at < line.size(); ++at) {
        if (line[at] == '"' && (at + 1 == line.size() || line[at + 1] != '"')) break;
        if (line[at] == '"') ++at;
        field += line[at];
      }
      ++at;
    }
    const std::size_t end = std::min(line.find(delimiter, std::min(at, line.size())), line.size());
    field += at < end ? line.substr(at, end - at) : std::string();
    // No text at all is NULL.
    fields.push_back(field.empty() && !is_quoted ? std::nullopt : std::optional(field));
    if (end >= line.size()) break;
    at = end + delimiter.size();
  }
  const std::vector<std::string> names = maker_->csv_columns();
  if (fields.size() != names.size()) return std::nullopt;
  std::vector<ConfigValue::Entry> entries;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (!fields[i]) continue;
    entries.push_back({names[i], {}, ConfigValue::scalar(*fields[i], !is_bare(*fields[i]), {})});
  }
  return ConfigValue::map(std::move(entries), {});
}

std::string RowWriter::own_text(const ConfigValue& own) {
  std::string text;
  const ConfigValue masked = mask_.row(own);
  const ConfigValue* topic = entry_.connector.options.find("topic");
  for (const ConfigValue::Entry& entry : masked.entries()) {
    if (is_null(entry.value) || entry.key == "value") continue;
    const bool is_known = entry.key == "topic" && topic != nullptr &&
                          topic->shape() == Shape::kScalar && topic->text() == entry.value.text();
    if (is_known) continue;
    ConfigValue value = mask_.known(entry.value);
    const int index = part_.source->schema().find(entry.key);
    const bool is_time =
        index >= 0 &&
        part_.source->schema()[static_cast<std::size_t>(index)].type.id() == TypeId::kTimestampTz;
    if (is_time && value.shape() == Shape::kScalar) {
      value = ConfigValue::scalar(time_text(value.text()), /*quoted=*/true, value.location());
    }
    text += ", " + entry.key + ": " + flow_text(value);
  }
  return text;
}

Result<GivenRecord> RowWriter::given(const std::string& row) {
  SLUICE_ASSIGN(const ConfigValue list, config::parse_yaml("- " + row + "\n", "a row"));
  SLUICE_ASSIGN(std::vector<GivenRecord> records, maker_->records(list, 0));
  if (records.size() != 1) return user_error("no row");
  return std::move(records[0]);
}

bool RowWriter::gives(const GivenRecord& given, const std::string& bytes, bool exactly) const {
  if (!given.payload) return false;
  if (*given.payload == bytes) return true;
  const bool is_json = maker_->format() == "json" || maker_->format() == "debezium";
  return is_json && !exactly && compact_json(*given.payload) == compact_json(bytes);
}

}  // namespace sluice::app
