#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "app/kafka/scanned_records.h"
#include "base/config_value.h"
#include "connectors/kafka/producer.h"
#include "formats/encoder.h"
#include "formats/json_decoder.h"
#include "formats/value_option.h"
#include "io/file_system.h"
#include "sluice/base/result.h"

namespace sluice::app {

/// Turns records whose values are JSON objects into values of a format that has a schema: the JSON
/// is read as a source's records are, into the schema's columns, and a sink's encoder writes them.
/// Strict: a field that the schema lacks is an error, too. One thread.
class RecordEncoder {
 public:
  /// `format`: a map with one key, with the options of a sink's `value`. Where they name a registry
  /// and no file, the schema is the newest of the subject. kUser: the format has no schema, or
  /// columns that JSON cannot fill; also as of formats::ValueFormat. `files` outlives the object.
  static Result<std::unique_ptr<RecordEncoder>> make(const ConfigValue& format,
                                                     const std::string& topic,
                                                     io::FileSystem& files);

  /// What values need elsewhere; errors as of formats::Encoder::prepare. Before the first value
  /// that is sent; encode() before it is for its errors only.
  Status prepare() { return encoder_->prepare(); }

  /// Replaces the value of each record. After an error (kUser, with the record's line) those before
  /// `done` have theirs, and the error is about the one there; the others are as they were.
  Status encode(std::span<connectors::kafka::OutgoingRecord> records, std::size_t& done);

 private:
  explicit RecordEncoder(formats::ValueFormat format) : format_(std::move(format)) {}

  Status read_columns(const data::Schema& columns);
  Status encode_some(std::span<connectors::kafka::OutgoingRecord> records, std::size_t& done);
  std::optional<Error> find_unknown(const data::RecordBatch& batch, std::size_t& place);

  const formats::ValueFormat format_;              // has the registry
  std::unique_ptr<formats::JsonDecoder> decoder_;  // of the schema's columns
  std::unique_ptr<formats::JsonDecoder> rescuer_;  // of the same, and of what is in none of them
  std::unique_ptr<ScannedRecords> rows_;
  std::unique_ptr<ScannedRecords> unknown_;  // one column: the fields that have no place
  std::unique_ptr<formats::Encoder> encoder_;
  std::vector<std::string> values_;  // of the records in hand
};

/// The records of `rows` with their values encoded, some at a time: as many as `has_more` says are
/// at hand, so that none waits for the next. What is before an error, be it of `rows`, is given
/// first. `explained` may say more of an error of the encoder's, before which so many records were
/// given. `encoder` outlives the feed.
connectors::kafka::RecordFeed encoded_feed(
    connectors::kafka::RecordFeed rows, RecordEncoder& encoder, std::function<bool()> has_more,
    std::function<Error(Error error, std::int64_t given)> explained);

}  // namespace sluice::app
