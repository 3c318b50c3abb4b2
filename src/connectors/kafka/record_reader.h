#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "connectors/kafka/owned.h"
#include "data/record_batch.h"

namespace sluice::connectors::kafka {

/// A record of a topic. Its bytes lie in the message that it came with.
struct Record {
  std::int64_t offset = 0;
  std::int64_t timestamp_ms = 0;
  std::int32_t timestamp_type = -1;  ///< Kafka's: -1 none, 0 the producer's, 1 the broker's
  data::Payload key;
  data::Payload value;
  data::Payload headers;  ///< as in Kafka's protocol, see raw_headers.h; null: none

  /// Of all that it holds.
  std::int64_t bytes() const { return std::int64_t{key.size} + value.size + headers.size; }
};

/// Reads the records of what librdkafka gives: a record batch as the broker keeps it (Kafka's
/// message format 2), in place, or a single record of an older format. A reader is a position: a
/// copy of it goes on by itself.
class RecordReader {
 public:
  /// `message` has no error and outlives the reader. Records before the offset `from` are not read.
  RecordReader(const rd_kafka_message_t& message, std::int64_t from);
  /// Likewise of a batch whose bytes outlive it.
  RecordReader(const rd_kafka_record_batch_t& batch, std::int64_t from);

  /// The next records with offsets before `end`, in `out`, as many as fit; none: see the others.
  std::span<const Record> read(std::int64_t end, std::span<Record> out);

  /// Of those that were not read, about: with what Kafka puts around keys and values.
  std::size_t bytes_left() const;

  /// All records were read.
  bool at_end() const { return at_ == end_ && !single_; }
  /// What comes next is not a record. Nothing after it can be read.
  bool broken() const { return broken_; }
  /// Records that came though they lie before `from` or, as no broker does it, before one that was
  /// read.
  std::int64_t dropped() const { return dropped_; }

 private:
  enum class Step : unsigned char { kRead, kPassed, kStopped };
  Step read_one(std::int64_t end, Record& record);
  Step read_single(std::int64_t end, Record& record);

  const char* at_ = nullptr;
  const char* end_ = nullptr;
  const rd_kafka_message_t* single_ = nullptr;  ///< not yet read; not a batch
  rd_kafka_record_batch_t batch_{};
  std::int64_t from_ = 0;
  std::int64_t dropped_ = 0;
  bool broken_ = false;
};

}  // namespace sluice::connectors::kafka
