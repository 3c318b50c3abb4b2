#include "connectors/kafka/outgoing_rows.h"

#include <algorithm>
#include <utility>

#include <librdkafka/rdkafka.h>

#include "base/nearest.h"
#include "formats/json_encoder.h"
#include "formats/shown_value.h"
#include "formats/time_writer.h"

namespace sluice::connectors::kafka {
namespace {

using data::TypeId;

bool is_bytes(const data::Type& type) {
  return type.id() == TypeId::kVarchar || type.id() == TypeId::kBlob || type.id() == TypeId::kJson;
}

bool is_whole_number(const data::Type& type) {
  return type.id() == TypeId::kTinyint || type.id() == TypeId::kSmallint ||
         type.id() == TypeId::kInteger || type.id() == TypeId::kBigint;
}

std::int64_t whole_number(const data::VectorReader& vector, const data::Type& type,
                          std::size_t row) {
  switch (type.id()) {
    case TypeId::kTinyint:
      return vector.at<std::int8_t>(row);
    case TypeId::kSmallint:
      return vector.at<std::int16_t>(row);
    case TypeId::kInteger:
      return vector.at<std::int32_t>(row);
    default:
      return vector.at<std::int64_t>(row);
  }
}

/// As the source has them: a list of STRUCT(key VARCHAR, value BLOB), or text for the value.
bool is_headers(const data::Type& type) {
  if (type.id() != TypeId::kList) return false;
  const data::Type& element = type.children()[0].type;
  if (element.id() != TypeId::kStruct || element.children().size() != 2) return false;
  return element.children()[0].type.id() == TypeId::kVarchar &&
         is_bytes(element.children()[1].type);
}

Result<std::size_t> column_of(const data::Schema& schema, const char* option,
                              const std::string& name) {
  const int found = schema.find(name);
  if (found >= 0) return static_cast<std::size_t>(found);
  std::vector<std::string> names;
  for (const data::Field& field : schema.fields()) names.push_back(field.name);
  const std::string guess = did_you_mean(name, names);
  return user_error(std::string("kafka: '") + option + "' names no column of the rows: " + name +
                    (guess.empty() ? "; columns: " + schema.to_string() : guess));
}

Error unfit(const char* option, const data::Field& field, const std::string& wanted) {
  return user_error(std::string("kafka: '") + option + "': column '" + field.name + "' is a " +
                    field.type.to_string() + ", not " + wanted);
}

}  // namespace

Result<OutgoingRows> OutgoingRows::make(const data::Schema& schema, const RecordColumns& columns,
                                        const formats::ValueFormat& value, const TimeZone& zone) {
  OutgoingRows rows(zone);
  const int deletes = schema.find(connector::kDeletesColumn);
  if (deletes >= 0) rows.deletes_ = static_cast<std::size_t>(deletes);
  const auto take = [&schema](const char* option, const std::string& name, auto fits,
                              const std::string& wanted) -> Result<std::optional<TextColumn>> {
    if (name.empty()) return std::optional<TextColumn>();
    SLUICE_ASSIGN(const std::size_t index, column_of(schema, option, name));
    if (!fits(schema[index].type)) return unfit(option, schema[index], wanted);
    return std::optional(TextColumn{index, schema[index].type});
  };
  const auto is_time = [](const data::Type& type) {
    return type.id() == TypeId::kTimestamp || type.id() == TypeId::kTimestampTz ||
           type.id() == TypeId::kBigint;
  };
  const auto is_scalar = [](const data::Type& type) { return type.children().empty(); };
  SLUICE_ASSIGN(rows.partition_, take("partition", columns.partition, is_whole_number,
                                      "a whole number: CAST it AS INTEGER"));
  SLUICE_ASSIGN(rows.partition_by_,
                take("partition_by", columns.partition_by, is_scalar, "one value"));
  SLUICE_ASSIGN(rows.timestamp_, take("timestamp", columns.timestamp, is_time,
                                      "a TIMESTAMP, or a BIGINT of milliseconds since 1970"));
  SLUICE_ASSIGN(const auto headers,
                take("headers", columns.headers, is_headers,
                     "a list of STRUCT(key VARCHAR, value BLOB) as Kafka's source has it"));
  if (headers) rows.headers_ = headers->index;
  SLUICE_TRY(rows.take_key(schema, columns));
  SLUICE_TRY(rows.take_value(schema, columns, value));
  return rows;
}

Status OutgoingRows::take_key(const data::Schema& schema, const RecordColumns& columns) {
  needs_key_ = !columns.upsert_key.empty();
  std::vector<std::string> names = columns.upsert_key;
  if (names.empty() && !columns.key.empty()) names = {columns.key};
  if (names.empty()) return {};
  data::Schema keys;
  for (const std::string& name : names) {
    SLUICE_ASSIGN(const std::size_t index, column_of(schema, "key", name));
    key_columns_.push_back(index);
    keys.add(schema[index]);
  }
  if (names.size() == 1 && keys[0].type.children().empty()) {
    key_ = TextColumn{key_columns_[0], keys[0].type};
    return {};
  }
  if (names.size() == 1) {
    // Its fields, as those of several columns.
    if (keys[0].type.id() != TypeId::kStruct) return unfit("key", keys[0], "one value or a STRUCT");
    key_struct_ = std::exchange(key_columns_, {})[0];
    keys = data::Schema(keys[0].type.children());
  }
  SLUICE_ASSIGN(key_encoder_, formats::make_json_encoder(keys, formats::JsonForm::kSpark, zone_));
  return {};
}

Status OutgoingRows::take_value(const data::Schema& schema, const RecordColumns& columns,
                                const formats::ValueFormat& value) {
  const std::string* const elsewhere[] = {&columns.headers, &columns.partition, &columns.timestamp};
  data::Schema values;
  for (std::size_t i = 0; i < schema.size(); ++i) {
    if (deletes_ == i) continue;
    const bool is_elsewhere = std::ranges::any_of(elsewhere, [&](const std::string* name) {
      return !name->empty() && schema.find(*name) == static_cast<int>(i);
    });
    if (is_elsewhere) continue;
    value_columns_.push_back(i);
    values.add(schema[i]);
  }
  SLUICE_ASSIGN(value_encoder_, value.make_encoder(values, zone_));
  return {};
}

std::string_view OutgoingRows::text_of(const TextColumn& column, const data::VectorReader& vector,
                                       std::size_t row, std::string& text) const {
  if (is_bytes(column.type)) return vector.text(row);
  text.clear();
  formats::append_shown(text, vector, column.type, row, &zone_);
  if (column.type.id() != TypeId::kTimestampTz) return text;
  // Else two instants of an hour that comes twice would be one.
  const auto micros = vector.at<std::int64_t>(row);
  if (formats::is_finite_timestamp(micros)) {
    formats::append_zone_offset(text, zone_.offset_at(micros), /*short_form=*/true);
  }
  return text;
}

data::ChunkReader OutgoingRows::picked(data::ChunkReader columns,
                                       const std::vector<std::size_t>& which) {
  picked_.clear();
  for (const std::size_t column : which) picked_.push_back(columns[column]);
  return picked_;
}

Result<std::optional<std::string_view>> OutgoingRows::key_of(data::ChunkReader columns,
                                                             std::size_t row) {
  key_text_.clear();
  if (key_ && !columns[key_->index].is_null(row)) {
    return std::optional(text_of(*key_, columns[key_->index], row, key_text_));
  }
  if (key_struct_ && !columns[*key_struct_].is_null(row)) {
    SLUICE_TRY(key_encoder_->append(columns[*key_struct_].children, row, key_text_));
    return std::optional(std::string_view(key_text_));
  }
  if (key_encoder_ != nullptr && !key_struct_) {
    SLUICE_TRY(key_encoder_->append(picked(columns, key_columns_), row, key_text_));
    return std::optional(std::string_view(key_text_));
  }
  if (!needs_key_) return std::optional<std::string_view>();
  return user_error(
      "E_NULL_KEY: a row has no key, and a compacted topic takes no record without one; name the "
      "key's column, and leave such rows out in the view or give them a key with coalesce()");
}

Result<std::int32_t> OutgoingRows::partition_of(data::ChunkReader columns, std::size_t row) {
  if (partition_ && !columns[partition_->index].is_null(row)) {
    const std::int64_t number = whole_number(columns[partition_->index], partition_->type, row);
    if (number < 0 || number >= partitions_) {
      return user_error("E_UNKNOWN_PARTITION: a row asks for partition " + std::to_string(number) +
                        ", and the topic has 0 to " + std::to_string(partitions_ - 1));
    }
    return static_cast<std::int32_t>(number);
  }
  if (!partition_by_ || columns[partition_by_->index].is_null(row)) return -1;
  const std::string_view text =
      text_of(*partition_by_, columns[partition_by_->index], row, partition_text_);
  // As for a key of this text.
  return rd_kafka_msg_partitioner_murmur2(nullptr, text.data(), text.size(), partitions_, nullptr,
                                          nullptr);
}

Result<std::int64_t> OutgoingRows::timestamp_of(data::ChunkReader columns, std::size_t row) const {
  if (!timestamp_ || columns[timestamp_->index].is_null(row)) return -1;
  const auto value = columns[timestamp_->index].at<std::int64_t>(row);
  const bool is_milliseconds = timestamp_->type.id() == TypeId::kBigint;
  if (value < 0 || (!is_milliseconds && !formats::is_finite_timestamp(value))) {
    std::string text;
    formats::append_shown(text, columns[timestamp_->index], timestamp_->type, row, &zone_);
    return user_error("E_TIMESTAMP_REFUSED: a row's time is " + text +
                      ", and Kafka has no time before 1970, nor an infinite one; correct the "
                      "column that 'timestamp' names, or make it NULL for the time of sending");
  }
  // To librdkafka 0 is now.
  return std::max<std::int64_t>(is_milliseconds ? value : value / 1000, 1);
}

Result<std::string_view> OutgoingRows::headers_of(data::ChunkReader columns, std::size_t row) {
  headers_text_.clear();
  if (!headers_ || columns[*headers_].is_null(row)) return std::string_view();
  const auto slot = columns[*headers_].at<data::ListSlot>(row);
  const data::VectorReader& elements = columns[*headers_].children[0];
  for (std::uint64_t i = slot.offset; i < slot.offset + slot.length; ++i) {
    if (elements.is_null(i) || elements.children[0].is_null(i)) {
      return user_error(
          "E_NULL_HEADER: a row has a header without a name, which Kafka does not have; leave it "
          "out in the view, such as with list_filter()");
    }
    const data::VectorReader& values = elements.children[1];
    append_header(headers_text_, elements.children[0].text(i),
                  values.is_null(i) ? std::nullopt : std::optional(values.text(i)));
  }
  return std::string_view(headers_text_);
}

Result<RecordView> OutgoingRows::at(const connector::RowChunk& chunk, std::size_t row) {
  const data::ChunkReader columns = chunk.columns;
  RecordView record;
  SLUICE_ASSIGN(record.key, key_of(columns, row));
  SLUICE_ASSIGN(record.partition, partition_of(columns, row));
  SLUICE_ASSIGN(record.timestamp_ms, timestamp_of(columns, row));
  SLUICE_ASSIGN(record.headers, headers_of(columns, row));
  if (deletes_ && columns[*deletes_].at<std::uint8_t>(row) != 0) return record;
  value_text_.clear();
  SLUICE_ASSIGN(const bool has_value,
                value_encoder_->append(picked(columns, value_columns_), row, value_text_));
  if (has_value) record.value = value_text_;
  return record;
}

}  // namespace sluice::connectors::kafka
