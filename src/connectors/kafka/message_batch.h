#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/kafka/fetcher.h"
#include "connectors/kafka/raw_headers.h"
#include "connectors/kafka/runs.h"
#include "data/arena.h"
#include "data/record_batch.h"
#include "data/type.h"

namespace sluice::connectors::kafka {

/// The columns that a Kafka record has of its own, in this order. As Spark's Kafka source gives
/// them: headers are NULL when there are none, their names are UTF-8 (U+FFFD where they are not, as
/// Java reads them), timestamp_type is 0 for the producer's time and 1
/// for the broker's.
enum class MessageColumn : unsigned char {
  kKey,
  kValue,
  kTopic,
  kPartition,
  kOffset,
  kTimestamp,
  kTimestampType,
  kHeaders,
};
const data::Schema& message_schema();

/// Kafka records whose bytes stay where librdkafka received or decompressed them: nothing is
/// copied, payloads point into the fetched buffers, which the batch keeps. Keeps the fetcher alive.
class MessageBatch final : public data::RecordBatch {
 public:
  explicit MessageBatch(std::shared_ptr<Fetcher> fetcher) : fetcher_(std::move(fetcher)) {}
  ~MessageBatch() override;
  MessageBatch(const MessageBatch&) = delete;
  MessageBatch& operator=(const MessageBatch&) = delete;

  // Filling, before the batch is handed over: room for a partition, records of all partitions in
  // turns, then finish(), which puts them in the order of topics and partitions.
  void reserve(const PartitionKey& partition, std::size_t records);
  void add(const PartitionKey& from, rd_kafka_message_memory_t* memory,
           std::span<const Record> records);
  void finish();

  std::size_t size() const override { return payloads_.size(); }
  std::span<const data::Payload> payloads() const override { return payloads_; }
  void write_column(std::size_t column, std::span<const std::uint32_t> rows,
                    data::VectorWriter& out) const override;
  data::RecordOrigin origin(std::size_t row) const override;
  std::size_t bytes() const override;
  /// Bytes of keys, values and headers.
  std::int64_t payload_bytes() const { return payload_bytes_; }

 private:
  struct Stamp {
    std::int64_t milliseconds = 0;
    std::int32_t type = -1;  ///< Kafka's: -1 none, 0 the producer's, 1 the broker's
    bool operator==(const Stamp&) const = default;
  };
  /// Microseconds; nothing where Kafka has no time (or -1), or one out of range (a producer's
  /// nanoseconds).
  static std::optional<std::int64_t> time_of(const Stamp& stamp);
  /// The records of one partition; rows count from 0 in each.
  struct Section {
    const PartitionKey* partition = nullptr;
    std::size_t first_row = 0;            ///< in the batch
    std::vector<data::Payload> payloads;  ///< until finish()
    Runs<std::int64_t> offset_minus_row;  ///< offsets mostly have no gaps
    Runs<Stamp> stamps;
    std::vector<data::Payload> keys;     ///< empty when no record has one
    std::vector<data::Payload> headers;  ///< as in Kafka's protocol; empty when there are none
    const rd_kafka_message_memory_t* last_memory = nullptr;
  };

  const Section& section(std::size_t row) const;
  data::Payload copied(const data::Payload& bytes);
  void write_bytes(std::vector<data::Payload> Section::* values,
                   std::span<const std::uint32_t> rows, data::VectorWriter& out) const;
  void write_numbers(MessageColumn column, std::span<const std::uint32_t> rows,
                     data::VectorWriter& out) const;
  void write_headers(std::span<const std::uint32_t> rows, data::VectorWriter& out) const;
  std::string_view name_of(const RawHeader& header) const;

  std::shared_ptr<Fetcher> fetcher_;
  std::vector<rd_kafka_message_memory_t*> memories_;
  std::map<PartitionKey, Section> parts_;
  std::vector<const Section*> sections_;  ///< those with records, by first_row
  std::vector<data::Payload> payloads_;
  data::Arena copies_;  ///< of what lies in no shared memory
  mutable std::mutex names_mutex_;
  mutable data::Arena names_;  ///< of headers, made UTF-8; guarded by names_mutex_
  std::int64_t payload_bytes_ = 0;
};

}  // namespace sluice::connectors::kafka
