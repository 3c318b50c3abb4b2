#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time_zone.h"
#include "connector/batch_table.h"
#include "connectors/kafka/record_block.h"
#include "formats/encoder.h"
#include "formats/value_option.h"
#include "sluice/base/result.h"

namespace sluice::connectors::kafka {

/// Which columns of a row become which part of its record; "": none does.
struct RecordColumns {
  std::string key;
  std::string headers;
  std::string partition;
  std::string partition_by;
  std::string timestamp;
  /// Of mode upsert: the columns by which rows are the same. The record's key is made of them:
  /// one column's text, or a JSON object of several.
  std::vector<std::string> upsert_key{};
};

/// Makes records of rows. The columns that become headers, partition or timestamp are not in the
/// value; the key's are. One thread.
class OutgoingRows {
 public:
  /// `schema`: the rows' as chunks have them (connector::chunk_schema), with
  /// connector::kDeletesColumn the last where rows delete their keys. kUser: a column that is not
  /// there or cannot serve, values that the format cannot hold.
  static Result<OutgoingRows> make(const data::Schema& schema, const RecordColumns& columns,
                                   const formats::ValueFormat& value, const TimeZone& zone);

  /// Of the topic; partition numbers are checked against it, and partition_by needs it.
  void set_partitions(std::int32_t partitions) { partitions_ = partitions; }
  /// Before the first row of a batch; errors as of formats::Encoder::prepare().
  Status prepare() { return value_encoder_->prepare(); }
  /// A row without a key is an error.
  void require_keys() { needs_key_ = true; }

  /// The record of row `row`, viewed until the next call. A row that deletes its key has no value.
  /// kUser: a partition that the topic does not have, a time that Kafka does not have, a header
  /// without a name; in mode upsert a key that is NULL.
  Result<RecordView> at(const connector::RowChunk& chunk, std::size_t row);

 private:
  /// A column of the rows that becomes a text.
  struct TextColumn {
    std::size_t index = 0;
    data::Type type;
  };

  explicit OutgoingRows(const TimeZone& zone) : zone_(zone) {}

  Status take_key(const data::Schema& schema, const RecordColumns& columns);
  Status take_value(const data::Schema& schema, const RecordColumns& columns,
                    const formats::ValueFormat& value);
  std::string_view text_of(const TextColumn& column, const data::VectorReader& vector,
                           std::size_t row, std::string& text) const;
  Result<std::optional<std::string_view>> key_of(data::ChunkReader columns, std::size_t row);
  Result<std::int32_t> partition_of(data::ChunkReader columns, std::size_t row);
  Result<std::int64_t> timestamp_of(data::ChunkReader columns, std::size_t row) const;
  Result<std::string_view> headers_of(data::ChunkReader columns, std::size_t row);
  data::ChunkReader picked(data::ChunkReader columns, const std::vector<std::size_t>& which);

  TimeZone zone_;
  std::int32_t partitions_ = 0;
  bool needs_key_ = false;
  std::optional<TextColumn> key_;
  std::unique_ptr<formats::Encoder> key_encoder_;  // of several columns or a STRUCT; null: key_
  std::optional<std::size_t> key_struct_;          // whose fields key_encoder_ takes; or
  std::vector<std::size_t> key_columns_;           // these, in their order
  std::unique_ptr<formats::Encoder> value_encoder_;
  std::vector<std::size_t> value_columns_;
  std::optional<std::size_t> headers_;
  std::optional<TextColumn> partition_;
  std::optional<TextColumn> partition_by_;
  std::optional<TextColumn> timestamp_;
  std::optional<std::size_t> deletes_;
  // Of the row in hand.
  std::vector<data::VectorReader> picked_;
  std::string key_text_;
  std::string value_text_;
  std::string headers_text_;
  std::string partition_text_;
};

}  // namespace sluice::connectors::kafka
