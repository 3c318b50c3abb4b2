#include "connectors/kafka/record_reader.h"

#include <limits>

namespace sluice::connectors::kafka {
namespace {

/// Kafka's numbers come from outside: what does not fit must wrap, not be undefined.
std::int64_t sum(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

/// The zigzag varint at `at`; null when it does not end before `end`.
const char* read_varint(const char* at, const char* end, std::int64_t& value) {
  std::uint64_t raw = 0;
  for (unsigned shift = 0; shift < 64 && at < end; shift += 7) {
    const auto byte = static_cast<unsigned char>(*at++);
    raw |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) {
      value = static_cast<std::int64_t>((raw >> 1) ^ (0 - (raw & 1)));
      return at;
    }
  }
  return nullptr;
}

/// A length and that many bytes; a length below 0 is an absent value.
const char* read_bytes(const char* at, const char* end, data::Payload& bytes) {
  std::int64_t length = 0;
  at = read_varint(at, end, length);
  if (at == nullptr || length > end - at) return nullptr;
  bytes = {};
  if (length < 0) return at;
  bytes = {at, static_cast<std::uint32_t>(length)};
  return at + length;
}

data::Payload payload(const void* bytes, std::size_t size) {
  return {static_cast<const char*>(bytes), static_cast<std::uint32_t>(size)};
}

}  // namespace

RecordReader::RecordReader(const rd_kafka_message_t& message, std::int64_t from) : from_(from) {
  rd_kafka_record_batch_t batch;
  if (rd_kafka_message_record_batch(&message, &batch) == 0) {
    single_ = &message;
  } else {
    *this = RecordReader(batch, from);
  }
}

RecordReader::RecordReader(const rd_kafka_record_batch_t& batch, std::int64_t from)
    : at_(static_cast<const char*>(batch.records)),
      end_(at_ + batch.len),
      batch_(batch),
      from_(from) {}

std::size_t RecordReader::bytes_left() const {
  if (single_ != nullptr) {
    std::size_t headers = 0;
    static_cast<void>(rd_kafka_message_raw_headers(single_, &headers));
    return single_->len + single_->key_len + headers;
  }
  return static_cast<std::size_t>(end_ - at_);
}

std::span<const Record> RecordReader::read(std::int64_t end, std::span<Record> out) {
  std::size_t count = 0;
  while (count < out.size()) {
    const Step step = single_ != nullptr ? read_single(end, out[count]) : read_one(end, out[count]);
    if (step == Step::kStopped) break;
    if (step == Step::kRead) ++count;
  }
  return out.first(count);
}

// A record (kafka.apache.org/documentation/#record): length, attributes, timestamp delta, offset
// delta, key, value, headers.
RecordReader::Step RecordReader::read_one(std::int64_t end, Record& record) {
  if (at_ == end_ || broken_) return Step::kStopped;
  std::int64_t length = 0;
  std::int64_t time_delta = 0;
  std::int64_t offset_delta = 0;
  const char* at = read_varint(at_, end_, length);
  broken_ = at == nullptr || length < 1 || length > end_ - at ||
            length > std::numeric_limits<std::int32_t>::max();
  if (broken_) return Step::kStopped;
  const char* const record_end = at + length;
  ++at;  // the attributes, which mean nothing yet
  at = read_varint(at, record_end, time_delta);
  if (at != nullptr) at = read_varint(at, record_end, offset_delta);
  record.offset = sum(batch_.base_offset, offset_delta);
  broken_ = at == nullptr || record.offset > batch_.last_offset;
  if (broken_) return Step::kStopped;
  if (record.offset < from_) {
    // Somebody who begins in the middle of a batch gets all of it.
    if (record.offset >= batch_.first_offset) ++dropped_;
    at_ = record_end;
    return Step::kPassed;
  }
  if (record.offset >= end) return Step::kStopped;
  at = read_bytes(at, record_end, record.key);
  if (at != nullptr) at = read_bytes(at, record_end, record.value);
  broken_ = at == nullptr;
  if (broken_) return Step::kStopped;
  // One byte is the count 0.
  record.headers = record_end - at > 1 ? payload(at, static_cast<std::size_t>(record_end - at))
                                       : data::Payload{};
  const bool brokers_time = batch_.timestamp_type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME;
  record.timestamp_ms =
      brokers_time ? batch_.base_timestamp : sum(batch_.base_timestamp, time_delta);
  record.timestamp_type = brokers_time ? 1 : 0;
  at_ = record_end;
  from_ = sum(record.offset, 1);
  return Step::kRead;
}

RecordReader::Step RecordReader::read_single(std::int64_t end, Record& record) {
  if (single_->offset >= end) return Step::kStopped;
  const rd_kafka_message_t& message = *single_;
  single_ = nullptr;
  if (message.offset < from_) {
    ++dropped_;
    return Step::kPassed;
  }
  record.offset = message.offset;
  rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  record.timestamp_ms = rd_kafka_message_timestamp(&message, &type);
  // librdkafka counts types one higher than Kafka.
  record.timestamp_type = static_cast<std::int32_t>(type) - 1;
  record.key = payload(message.key, message.key_len);
  record.value = payload(message.payload, message.len);
  std::size_t header_bytes = 0;
  const void* const headers = rd_kafka_message_raw_headers(&message, &header_bytes);
  record.headers = payload(headers, header_bytes);
  return Step::kRead;
}

}  // namespace sluice::connectors::kafka
