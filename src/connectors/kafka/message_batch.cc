#include "connectors/kafka/message_batch.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/utf8_text.h"
#include "connectors/kafka/raw_headers.h"
#include "data/time_range.h"

namespace sluice::connectors::kafka {
namespace {

/// A column of values that most batches do not have: `values[row]` for the newest row, after nulls
/// for all rows before the first value.
void set_last(std::vector<data::Payload>& values, std::size_t rows, data::Payload value) {
  if (value.bytes == nullptr && values.empty()) return;
  values.resize(rows);
  values.back() = value;
}

void write_one(const data::Payload& value, std::size_t row, data::VectorWriter& out) {
  if (value.bytes == nullptr) {
    out.set_null(row);
  } else {
    out.set_text(row, value.text());
  }
}

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
  for (rd_kafka_message_memory_t* memory : memories_) rd_kafka_message_memory_release(memory);
}

data::Payload MessageBatch::copied(const data::Payload& bytes) {
  if (bytes.bytes == nullptr) return bytes;
  return {copies_.copy(bytes.text()).data(), bytes.size};
}

void MessageBatch::reserve(const PartitionKey& partition, std::size_t records) {
  parts_[partition].payloads.reserve(records);
}

void MessageBatch::add(const PartitionKey& from, rd_kafka_message_memory_t* memory,
                       std::span<const Record> records) {
  Section& part = parts_[from];
  // Records of a partition come in the order of their memory.
  if (memory != nullptr && memory != part.last_memory) {
    rd_kafka_message_memory_keep(memory);
    memories_.push_back(memory);
    part.last_memory = memory;
  }
  for (const Record& record : records) {
    const std::size_t row = part.payloads.size();
    part.payloads.push_back(memory == nullptr ? copied(record.value) : record.value);
    part.offset_minus_row.add(row, record.offset - static_cast<std::int64_t>(row));
    part.stamps.add(row, {record.timestamp_ms, record.timestamp_type});
    set_last(part.keys, row + 1, memory == nullptr ? copied(record.key) : record.key);
    set_last(part.headers, row + 1, memory == nullptr ? copied(record.headers) : record.headers);
    payload_bytes_ += record.bytes();
  }
}

void MessageBatch::finish() {
  std::size_t total = 0;
  for (const auto& [key, part] : parts_) total += part.payloads.size();
  for (auto& [key, part] : parts_) {
    const std::size_t rows = part.payloads.size();
    if (rows == 0) continue;
    part.partition = &key;
    part.first_row = payloads_.size();
    if (!part.keys.empty()) part.keys.resize(rows);
    if (!part.headers.empty()) part.headers.resize(rows);
    if (rows == total) {
      payloads_ = std::move(part.payloads);
    } else {
      payloads_.reserve(total);
      payloads_.insert(payloads_.end(), part.payloads.begin(), part.payloads.end());
      part.payloads = {};
    }
    sections_.push_back(&part);
  }
}

std::size_t MessageBatch::bytes() const {
  std::size_t bytes = static_cast<std::size_t>(payload_bytes_) + copies_.bytes() +
                      payloads_.size() * sizeof(data::Payload);
  for (const Section* part : sections_) {
    bytes += (part->keys.size() + part->headers.size()) * sizeof(data::Payload) +
             part->offset_minus_row.bytes() + part->stamps.bytes();
  }
  return bytes;
}

const MessageBatch::Section& MessageBatch::section(std::size_t row) const {
  const auto after = std::ranges::upper_bound(sections_, row, {},
                                              [](const Section* part) { return part->first_row; });
  return **std::prev(after);
}

void MessageBatch::write_column(std::size_t column, std::span<const std::uint32_t> rows,
                                data::VectorWriter& out) const {
  switch (static_cast<MessageColumn>(column)) {
    case MessageColumn::kKey:
      return write_bytes(&Section::keys, rows, out);
    case MessageColumn::kValue:
      for (std::size_t i = 0; i < rows.size(); ++i) write_one(payloads_[rows[i]], i, out);
      return;
    case MessageColumn::kTopic:
      for (std::size_t i = 0; i < rows.size(); ++i) {
        out.set_text(i, section(rows[i]).partition->first);
      }
      return;
    case MessageColumn::kHeaders:
      return write_headers(rows, out);
    default:
      return write_numbers(static_cast<MessageColumn>(column), rows, out);
  }
}

void MessageBatch::write_bytes(std::vector<data::Payload> Section::* values,
                               std::span<const std::uint32_t> rows, data::VectorWriter& out) const {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Section& part = section(rows[i]);
    const auto& found = part.*values;
    write_one(found.empty() ? data::Payload{} : found[rows[i] - part.first_row], i, out);
  }
}

void MessageBatch::write_numbers(MessageColumn column, std::span<const std::uint32_t> rows,
                                 data::VectorWriter& out) const {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Section& part = section(rows[i]);
    const std::size_t row = rows[i] - part.first_row;
    if (column == MessageColumn::kPartition) {
      out.as<std::int32_t>()[i] = part.partition->second;
    } else if (column == MessageColumn::kOffset) {
      out.as<std::int64_t>()[i] = part.offset_minus_row.at(row) + static_cast<std::int64_t>(row);
    } else if (column == MessageColumn::kTimestampType) {
      out.as<std::int32_t>()[i] = part.stamps.at(row).type;
    } else if (const auto time = time_of(part.stamps.at(row))) {
      out.as<std::int64_t>()[i] = *time;
    } else {
      out.set_null(i);
    }
  }
}

/// A header's name may be any bytes, but a VARCHAR not: as Java has it where it is not UTF-8.
std::string_view MessageBatch::name_of(const RawHeader& header) const {
  if (is_utf8(header.name)) return header.name;
  const std::lock_guard lock(names_mutex_);
  return names_.copy(with_valid_utf8(header.name));
}

void MessageBatch::write_headers(std::span<const std::uint32_t> rows,
                                 data::VectorWriter& out) const {
  std::vector<RawHeader> parsed;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Section& part = section(rows[i]);
    parsed.clear();
    if (!part.headers.empty()) {
      parse_raw_headers(part.headers[rows[i] - part.first_row].text(), parsed);
    }
    if (parsed.empty()) {
      out.set_null_deep(i);
      continue;
    }
    out.reserve_elements(parsed.size());
    data::VectorWriter& element = out.children.front();
    out.as<data::ListSlot>()[i] = {out.list_elements, parsed.size()};
    for (const RawHeader& header : parsed) {
      const std::uint64_t slot = out.list_elements++;
      element.children[0].set_text(slot, name_of(header));
      if (header.value) {
        element.children[1].set_text(slot, *header.value);
      } else {
        element.children[1].set_null(slot);
      }
    }
  }
}

std::optional<std::int64_t> MessageBatch::time_of(const Stamp& stamp) {
  if (stamp.type < 0 || stamp.milliseconds < 0) return std::nullopt;
  return data::micros_of_milliseconds(stamp.milliseconds);
}

data::RecordOrigin MessageBatch::origin(std::size_t row) const {
  const Section& part = section(row);
  const std::size_t local = row - part.first_row;
  data::RecordOrigin origin;
  origin.origin = part.partition->first;
  origin.partition = part.partition->second;
  origin.offset = part.offset_minus_row.at(local) + static_cast<std::int64_t>(local);
  origin.timestamp = time_of(part.stamps.at(local));
  if (!part.keys.empty() && part.keys[local].bytes != nullptr) origin.key = part.keys[local].text();
  return origin;
}

}  // namespace sluice::connectors::kafka
