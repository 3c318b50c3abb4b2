#include "app/rehearsal/given_records.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "app/rehearsal/given_value.h"
#include "base/base64_text.h"
#include "base/csv_text.h"
#include "base/json.h"
#include "base/nearest.h"
#include "base/timestamp_text.h"
#include "formats/registry.h"

namespace sluice::app {
namespace {

using Shape = ConfigValue::Shape;
using data::TypeId;

/// What a record may be given as, beside its own columns.
constexpr std::array<std::string_view, 3> kPayloads = {"row", "raw", "hex"};

std::string own_names(const data::Schema& schema) {
  std::string text;
  for (const data::Field& field : schema.fields()) text += (text.empty() ? "" : ", ") + field.name;
  return text;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Result<std::string> from_hex(const ConfigValue& value) {
  std::string bytes;
  int high = -1;
  for (const char c : value.text()) {
    if (c == ' ' || c == '\n') continue;
    const int digit = hex_digit(c);
    if (digit < 0)
      return value.error("'hex' is bytes as hexadecimal digits, two each: hex: \"00 ff\"");
    if (high < 0) {
      high = digit;
    } else {
      bytes += static_cast<char>(high * 16 + digit);
      high = -1;
    }
  }
  if (high >= 0) return value.error("'hex' has an odd number of digits, and a byte has two");
  return bytes;
}

/// A text, or {hex: 00ff} where bytes are none.
Result<std::string> bytes_of(const ConfigValue& value) {
  const bool is_hex = value.shape() == Shape::kMap && value.entries().size() == 1 &&
                      value.entries()[0].key == "hex";
  if (is_hex) return from_hex(value.entries()[0].value);
  if (value.shape() == Shape::kScalar) return value.text();
  return value.error("bytes are given as a text, or as {hex: \"00 ff\"}");
}

std::optional<std::int64_t> integer_of(const ConfigValue* value) {
  if (value == nullptr || value->shape() != Shape::kScalar) return std::nullopt;
  std::int64_t number = 0;
  const std::string& text = value->text();
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Result<std::unique_ptr<formats::JsonDecoder>> own_decoder(const data::Schema& schema,
                                                          const Location& place) {
  SLUICE_ASSIGN(formats::DecodedColumns columns,
                formats::compile_columns(schema, [&](std::size_t column, const std::string& why) {
                  return ConfigValue::null(place).error("column '" + schema[column].name +
                                                        "' cannot be given in a test: " + why);
                }));
  return std::make_unique<formats::JsonDecoder>(std::move(columns), formats::JsonRules{});
}

}  // namespace

GivenBatch::GivenBatch(std::vector<GivenRecord> records, const formats::JsonDecoder& own)
    : records_(std::move(records)), own_(own) {
  for (const GivenRecord& record : records_) {
    if (record.payload) {
      payloads_.push_back(
          {record.payload->data(), static_cast<std::uint32_t>(record.payload->size())});
    } else {
      payloads_.push_back({});
    }
  }
}

void GivenBatch::write_column(std::size_t column, std::span<const std::uint32_t> rows,
                              data::VectorWriter& out) const {
  data::Arena* arena = nullptr;
  {
    const std::lock_guard lock(mutex_);
    arena = arenas_.emplace_back(std::make_unique<data::Arena>()).get();
  }
  std::vector<data::Payload> texts;
  for (const std::uint32_t row : rows) {
    const std::string& own = records_[row].own;
    texts.push_back({own.data(), static_cast<std::uint32_t>(own.size())});
  }
  std::vector<std::uint32_t> kept;
  std::vector<data::Reject> rejects;
  own_.reader({column}, {}, *arena)->read(texts, 0, texts.size(), {&out, 1}, kept, rejects);
}

data::RecordOrigin GivenBatch::origin(std::size_t row) const {
  data::RecordOrigin origin = records_[row].origin;
  if (records_[row].key) origin.key = *records_[row].key;
  return origin;
}

Result<std::unique_ptr<RecordMaker>> RecordMaker::make(const config::SourceEntry& entry,
                                                       const engine::SourcePart& part,
                                                       const connector::Registry& registry,
                                                       io::FileSystem& files) {
  std::unique_ptr<RecordMaker> made(new RecordMaker(entry, part));
  SLUICE_TRY(made->open(registry, files));
  return made;
}

Status RecordMaker::open(const connector::Registry& registry, io::FileSystem& files) {
  SLUICE_ASSIGN(own_, own_decoder(part_.source->schema(), entry_.location));
  if (part_.decoder == nullptr) return {};
  const connector::SourceKind* kind = registry.source(entry_.connector.kind);
  if (!kind->format.empty()) {
    format_ = kind->format;
    options_ = entry_.connector.options;
  } else if (entry_.format) {
    format_ = entry_.format->kind;
    options_ = entry_.format->options;
  }
  if (const ConfigValue* topic = entry_.connector.options.find("topic")) topic_ = topic->text();
  const formats::FormatKind* format = formats::find_format(format_);
  if (format == nullptr || !format->written_columns) return {};
  std::vector<ConfigValue::Entry> options;
  for (const ConfigValue::Entry& option : options_.entries()) {
    const auto& known = format->encoder_options;
    if (std::ranges::find(known, option.key, &OptionSpec::name) != known.end()) {
      options.push_back(option);
    }
  }
  const Location& place = options_.location();
  if (options_.find("registry") != nullptr) {
    return ConfigValue::null(place).error(
        "source '" + entry_.name +
        "': its schemas are in a registry, and a test asks nobody; give "
        "the format a schema_file, by a variable for example, or the records as hex: ...");
  }
  SLUICE_ASSIGN(
      encoder_,
      RecordEncoder::make(
          ConfigValue::map({{format_, place, ConfigValue::map(std::move(options), place)}}, place),
          topic_, files));
  return {};
}

/// {row: ..., key: ...}: it says where the record's value is, and all else are own columns.
bool RecordMaker::is_record(const ConfigValue& row) const {
  if (part_.decoder == nullptr || row.shape() != Shape::kMap) return false;
  bool has_payload = false;
  for (const ConfigValue::Entry& entry : row.entries()) {
    const bool is_payload = std::ranges::find(kPayloads, entry.key) != kPayloads.end();
    if (!is_payload && own_columns().find(entry.key) < 0) return false;
    has_payload = has_payload || is_payload;
  }
  return has_payload;
}

Status RecordMaker::check_columns(const ConfigValue& row, const data::Schema& schema) const {
  for (const ConfigValue::Entry& entry : row.entries()) {
    if (schema.find(entry.key) >= 0) continue;
    std::vector<std::string> names;
    for (const data::Field& field : schema.fields()) names.push_back(field.name);
    const std::string guess = did_you_mean(entry.key, names);
    return ConfigValue::null(entry.key_location)
        .error("'" + entry_.name + "' has no column '" + entry.key + "'" +
               (guess.empty() ? "; it has: " + own_names(schema) : guess));
  }
  return {};
}

std::string RecordMaker::csv_delimiter() const {
  const ConfigValue* given = options_.find("delimiter");
  std::string delimiter = given == nullptr ? "," : given->text();
  if (delimiter == "tab" || delimiter == "\\t") delimiter = "\t";
  return delimiter;
}

std::vector<std::string> RecordMaker::csv_columns() const {
  std::vector<std::string> names;
  if (const ConfigValue* order = options_.find("columns_in_file")) {
    for (const ConfigValue& name : order->items()) names.push_back(name.text());
  } else {
    for (const data::Field& field : part_.decoder->schema().fields()) names.push_back(field.name);
  }
  return names;
}

Result<std::string> RecordMaker::csv_line(const ConfigValue& row) const {
  SLUICE_TRY(check_columns(row, part_.decoder->schema()));
  const std::string delimiter = csv_delimiter();
  const std::vector<std::string> names = csv_columns();
  std::string line;
  for (const std::string& name : names) {
    if (&name != names.data()) line += delimiter;
    const ConfigValue* value = row.find(name);
    if (value == nullptr || is_null(*value)) continue;
    const std::string text = value->shape() == Shape::kScalar ? value->text() : json_of(*value);
    const bool needs_quotes = text.find(delimiter) != text.npos;
    // An empty text is not NULL, which is no text at all.
    if (text.empty() || needs_quotes) {
      std::string inside = text;
      for (std::size_t at = 0; (at = inside.find('"', at)) != inside.npos; at += 2) {
        inside.insert(at, 1, '"');
      }
      line += '"' + inside + '"';
    } else {
      append_csv_field(line, text);
    }
  }
  return line;
}

/// The bytes of a row, as the source's format has them.
Result<std::optional<std::string>> RecordMaker::payload(const ConfigValue& row) {
  if (is_null(row)) return std::optional<std::string>();
  if (row.shape() == Shape::kScalar) return std::optional(row.text());
  if (format_ == "text" && row.shape() == Shape::kMap && row.entries().size() == 1) {
    SLUICE_TRY(check_columns(row, part_.decoder->schema()));
    return std::optional(row.entries()[0].value.text());
  }
  if (format_ == "csv") {
    if (row.shape() != Shape::kMap) return row.error("a row is a map of columns: {column: value}");
    SLUICE_ASSIGN(std::string line, csv_line(row));
    return std::optional(std::move(line));
  }
  if (format_ == "json" || format_ == "debezium") return std::optional(json_of(row));
  if (encoder_ == nullptr) {
    return row.error("rows cannot be written as " +
                     (format_.empty() ? entry_.connector.kind : format_) +
                     "; give the bytes of the record: raw: TEXT or hex: DIGITS");
  }
  std::vector<connectors::kafka::OutgoingRecord> records(1);
  records[0].value = json_of(row);
  std::size_t done = 0;
  if (auto encoded = encoder_->encode(records, done); !encoded) {
    return row.error(
        encoded.error().message().substr(0, encoded.error().message().find("; line=")));
  }
  return records[0].value;
}

Result<std::string> RecordMaker::own_value(const data::Field& field, const ConfigValue* given,
                                           const GivenRecord& of, Micros now) {
  if (given != nullptr) {
    // Bytes are base64 in JSON.
    if (field.type.id() == TypeId::kBlob && !is_null(*given)) {
      SLUICE_ASSIGN(const std::string bytes, bytes_of(*given));
      return dump_json(Json(base64_text(bytes)));
    }
    return json_of(*given);
  }
  const bool is_message = part_.decoder != nullptr;
  if (!is_message) return std::string("null");
  if (field.name == "topic" && !topic_.empty()) return dump_json(Json(topic_));
  if (field.name == "partition") return std::to_string(of.origin.partition);
  if (field.name == "offset") return std::to_string(of.origin.offset);
  if (field.name == "value" && field.type.id() == TypeId::kBlob && of.payload) {
    return dump_json(Json(base64_text(*of.payload)));
  }
  const bool is_time =
      field.type.id() == TypeId::kTimestamp || field.type.id() == TypeId::kTimestampTz;
  if (field.name == "timestamp" && is_time) return dump_json(Json(iso_time_text(now)));
  return std::string("null");
}

Result<GivenRecord> RecordMaker::record(const ConfigValue& row, Micros now) {
  GivenRecord record;
  const bool is_whole = is_record(row);
  const bool has_own = is_whole || part_.decoder == nullptr;
  record.has_own = has_own;
  if (part_.decoder == nullptr) {
    if (row.shape() != Shape::kMap) return row.error("a row is a map of columns: {column: value}");
    SLUICE_TRY(check_columns(row, own_columns()));
  } else if (!is_whole) {
    SLUICE_ASSIGN(record.payload, payload(row));
  } else if (const ConfigValue* given = row.find("row")) {
    SLUICE_ASSIGN(record.payload, payload(*given));
  } else if (const ConfigValue* raw = row.find("raw")) {
    if (!is_null(*raw)) record.payload = raw->text();
  } else {
    SLUICE_ASSIGN(record.payload, from_hex(*row.find("hex")));
  }
  const auto own = [&](const char* name) { return has_own ? row.find(name) : nullptr; };
  record.origin.origin = topic_.empty() ? entry_.name : topic_;
  record.origin.partition = static_cast<std::int32_t>(integer_of(own("partition")).value_or(0));
  std::int64_t& next = next_offset_[record.origin.partition];
  record.origin.offset = integer_of(own("offset")).value_or(next);
  next = record.origin.offset + 1;
  record.origin.timestamp = now;
  if (const ConfigValue* key = own("key"); key != nullptr && !is_null(*key)) {
    SLUICE_ASSIGN(record.key, bytes_of(*key));
  }
  for (const data::Field& field : own_columns().fields()) {
    SLUICE_ASSIGN(const std::string value, own_value(field, own(field.name.c_str()), record, now));
    record.own += (record.own.empty() ? "" : ",") + dump_json(Json(field.name)) + ":" + value;
  }
  record.own = "{" + record.own + "}";
  return record;
}

Result<std::vector<GivenRecord>> RecordMaker::records(const ConfigValue& rows, Micros now) {
  std::vector<GivenRecord> made;
  for (const ConfigValue& row : rows.items()) {
    SLUICE_ASSIGN(GivenRecord one, record(row, now));
    made.push_back(std::move(one));
  }
  SLUICE_TRY(check_own(made, rows));
  return made;
}

/// The batch would have nowhere to put what does not fit.
Status RecordMaker::check_own(const std::vector<GivenRecord>& records, const ConfigValue& rows) {
  const bool is_given =
      std::ranges::any_of(records, [](const GivenRecord& record) { return record.has_own; });
  if (!is_given || own_columns().size() == 0) return {};
  if (own_rows_ == nullptr) {
    std::vector<sql::ScanColumn> columns;
    for (std::size_t i = 0; i < own_columns().size(); ++i) {
      columns.push_back({own_columns()[i], true, i});
    }
    SLUICE_ASSIGN(own_rows_, ScannedRecords::make(std::move(columns), own_.get()));
  }
  std::vector<GivenRecord> texts;
  for (const GivenRecord& record : records) texts.push_back({.payload = record.own, .own = "{}"});
  const GivenBatch batch(std::move(texts), *own_);
  const auto all = [](const connector::RowChunk&) -> Result<bool> { return true; };
  SLUICE_TRY(own_rows_->read(batch, all));
  if (own_rows_->rejects().empty()) return {};
  const data::Reject& reject = own_rows_->rejects()[0];
  const ConfigValue& row = rows.items()[reject.row];
  if (reject.column == data::Reject::kNoColumn) return row.error(own_->reason_text(reject));
  const std::string& name = own_columns()[reject.column].name;
  const ConfigValue* value = row.find(name);
  return (value == nullptr ? row : *value)
      .error("column '" + name + "' of '" + entry_.name + "', " +
             own_columns()[reject.column].type.to_string() + ": " + own_->reason_text(reject));
}

}  // namespace sluice::app
