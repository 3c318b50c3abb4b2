#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "connectors/kafka/fetcher.h"
#include "data/record_batch.h"
#include "data/type.h"

namespace sluice::connectors::kafka {

/// The columns that a Kafka record has of its own, in this order. As Spark's Kafka source gives
/// them: headers are NULL when there are none, timestamp_type is 0 for the producer's time and 1
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

/// Kafka records as librdkafka holds them: nothing is copied, payloads point into the buffers that
/// came from the network. Keeps the fetcher alive.
class MessageBatch final : public data::RecordBatch {
 public:
  explicit MessageBatch(std::shared_ptr<Fetcher> fetcher) : fetcher_(std::move(fetcher)) {}
  ~MessageBatch() override;
  MessageBatch(const MessageBatch&) = delete;
  MessageBatch& operator=(const MessageBatch&) = delete;

  // Filling, before the batch is handed over: for each partition its records are appended to
  // messages(), then end_partition() is called; finish() at last.
  std::vector<rd_kafka_message_t*>& messages() { return messages_; }
  void end_partition(const std::string& topic, std::int32_t partition);
  void finish();

  std::size_t size() const override { return messages_.size(); }
  std::span<const data::Payload> payloads() const override { return payloads_; }
  void write_column(std::size_t column, std::span<const std::uint32_t> rows,
                    data::VectorWriter& out) const override;
  data::RecordOrigin origin(std::size_t row) const override;
  std::size_t bytes() const override { return bytes_; }
  /// Bytes of keys and values.
  std::int64_t payload_bytes() const { return payload_bytes_; }

 private:
  struct Section {
    std::size_t end = 0;  ///< row behind its last
    std::string topic;
    std::int32_t partition = 0;
  };

  const Section& section(std::size_t row) const;
  void write_topics(std::span<const std::uint32_t> rows, data::VectorWriter& out) const;
  void write_timestamps(std::span<const std::uint32_t> rows, data::VectorWriter& out) const;
  void write_timestamp_types(std::span<const std::uint32_t> rows, data::VectorWriter& out) const;
  void write_headers(std::span<const std::uint32_t> rows, data::VectorWriter& out) const;

  std::shared_ptr<Fetcher> fetcher_;
  std::vector<rd_kafka_message_t*> messages_;
  std::vector<data::Payload> payloads_;
  std::vector<Section> sections_;
  std::size_t bytes_ = 0;
  std::int64_t payload_bytes_ = 0;
  /// librdkafka parses a record's headers when first asked, without a lock.
  mutable std::mutex headers_mutex_;
};

}  // namespace sluice::connectors::kafka
