#include "connectors/kafka/message_batch.h"

#include <algorithm>
#include <utility>

namespace sluice::connectors::kafka {
namespace {

/// What librdkafka needs beside key and value: its operation and the record's descriptor.
constexpr std::size_t kOverheadBytes = 400;

}  // namespace

const data::Schema& message_schema() {
  static const data::Schema kSchema{{
      {"key", data::TypeId::kBlob},
      {"value", data::TypeId::kBlob},
      {"topic", data::TypeId::kVarchar},
      {"partition", data::TypeId::kInteger},
      {"offset", data::TypeId::kBigint},
      {"timestamp", data::TypeId::kTimestampTz},
      {"timestamp_type", data::TypeId::kInteger},
      {"headers", data::Type::list(data::Type::structure(
                      {{"key", data::TypeId::kVarchar}, {"value", data::TypeId::kBlob}}))},
  }};
  return kSchema;
}

MessageBatch::~MessageBatch() {
  for (rd_kafka_message_t* message : messages_) rd_kafka_message_destroy(message);
}

void MessageBatch::end_partition(const std::string& topic, std::int32_t partition) {
  const std::size_t first = sections_.empty() ? 0 : sections_.back().end;
  if (messages_.size() > first) sections_.push_back({messages_.size(), topic, partition});
}

void MessageBatch::finish() {
  payloads_.reserve(messages_.size());
  for (const rd_kafka_message_t* message : messages_) {
    payloads_.push_back(
        {static_cast<const char*>(message->payload), static_cast<std::uint32_t>(message->len)});
    payload_bytes_ += static_cast<std::int64_t>(message->len + message->key_len);
  }
  bytes_ = static_cast<std::size_t>(payload_bytes_) +
           messages_.size() * (kOverheadBytes + sizeof(data::Payload));
}

const MessageBatch::Section& MessageBatch::section(std::size_t row) const {
  return *std::ranges::upper_bound(sections_, row, {}, &Section::end);
}

void MessageBatch::write_column(std::size_t column, std::span<const std::uint32_t> rows,
                                data::VectorWriter& out) const {
  switch (static_cast<MessageColumn>(column)) {
    case MessageColumn::kKey:
      for (std::size_t i = 0; i < rows.size(); ++i) {
        const rd_kafka_message_t& message = *messages_[rows[i]];
        if (message.key == nullptr) {
          out.set_null(i);
        } else {
          out.set_text(i, {static_cast<const char*>(message.key), message.key_len});
        }
      }
      return;
    case MessageColumn::kValue:
      for (std::size_t i = 0; i < rows.size(); ++i) {
        const data::Payload& payload = payloads_[rows[i]];
        if (payload.bytes == nullptr) {
          out.set_null(i);
        } else {
          out.set_text(i, payload.text());
        }
      }
      return;
    case MessageColumn::kTopic:
      return write_topics(rows, out);
    case MessageColumn::kPartition:
      for (std::size_t i = 0; i < rows.size(); ++i) {
        out.as<std::int32_t>()[i] = messages_[rows[i]]->partition;
      }
      return;
    case MessageColumn::kOffset:
      for (std::size_t i = 0; i < rows.size(); ++i) {
        out.as<std::int64_t>()[i] = messages_[rows[i]]->offset;
      }
      return;
    case MessageColumn::kTimestamp:
      return write_timestamps(rows, out);
    case MessageColumn::kTimestampType:
      return write_timestamp_types(rows, out);
    case MessageColumn::kHeaders:
      return write_headers(rows, out);
  }
}

void MessageBatch::write_topics(std::span<const std::uint32_t> rows,
                                data::VectorWriter& out) const {
  for (std::size_t i = 0; i < rows.size(); ++i) out.set_text(i, section(rows[i]).topic);
}

void MessageBatch::write_timestamps(std::span<const std::uint32_t> rows,
                                    data::VectorWriter& out) const {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    const std::int64_t milliseconds = rd_kafka_message_timestamp(messages_[rows[i]], &type);
    if (type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE) {
      out.set_null(i);
    } else {
      out.as<std::int64_t>()[i] = milliseconds * 1000;
    }
  }
}

void MessageBatch::write_timestamp_types(std::span<const std::uint32_t> rows,
                                         data::VectorWriter& out) const {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    static_cast<void>(rd_kafka_message_timestamp(messages_[rows[i]], &type));
    // librdkafka counts one higher than Kafka: -1 none, 0 the producer's, 1 the broker's.
    out.as<std::int32_t>()[i] = static_cast<std::int32_t>(type) - 1;
  }
}

void MessageBatch::write_headers(std::span<const std::uint32_t> rows,
                                 data::VectorWriter& out) const {
  const std::scoped_lock lock(headers_mutex_);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rd_kafka_headers_t* headers = nullptr;
    const auto code = rd_kafka_message_headers(messages_[rows[i]], &headers);
    const std::size_t count = code == RD_KAFKA_RESP_ERR_NO_ERROR ? rd_kafka_header_cnt(headers) : 0;
    if (count == 0) {
      out.set_null_deep(i);
      continue;
    }
    out.reserve_elements(count);
    data::VectorWriter& element = out.children.front();
    for (std::size_t k = 0; k < count; ++k) {
      const char* name = nullptr;
      const void* value = nullptr;
      std::size_t bytes = 0;
      rd_kafka_header_get_all(headers, k, &name, &value, &bytes);
      const std::uint64_t slot = out.list_elements + k;
      element.children[0].set_text(slot, name);
      if (value == nullptr) {
        element.children[1].set_null(slot);
      } else {
        element.children[1].set_text(slot, {static_cast<const char*>(value), bytes});
      }
    }
    out.as<data::ListSlot>()[i] = {out.list_elements, count};
    out.list_elements += count;
  }
}

data::RecordOrigin MessageBatch::origin(std::size_t row) const {
  const rd_kafka_message_t& message = *messages_[row];
  data::RecordOrigin origin;
  origin.origin = section(row).topic;
  origin.partition = message.partition;
  origin.offset = message.offset;
  rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  const std::int64_t milliseconds = rd_kafka_message_timestamp(&message, &type);
  if (type != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE) origin.timestamp = milliseconds * 1000;
  if (message.key != nullptr) {
    origin.key = std::string_view(static_cast<const char*>(message.key), message.key_len);
  }
  return origin;
}

}  // namespace sluice::connectors::kafka
