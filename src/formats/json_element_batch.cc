#include "formats/json_element_batch.h"

#include <array>

#include "data/decoder.h"

namespace sluice::formats {
namespace {

enum ElementColumn : std::size_t { kEnvelope = data::Decoder::kAddedColumn, kElement };

}  // namespace

const data::Schema& JsonElementBatch::added_columns(bool elements) {
  static const data::Schema kOfMessages({{"envelope", data::TypeId::kJson}});
  static const data::Schema kOfElements(
      {{"envelope", data::TypeId::kJson}, {"element", data::TypeId::kInteger}});
  return elements ? kOfElements : kOfMessages;
}

JsonElementBatch::JsonElementBatch(const data::RecordBatch& messages, const JsonElements* elements)
    : messages_(messages), split_(elements != nullptr) {
  if (split_) split(*elements);
}

void JsonElementBatch::split(const JsonElements& elements) {
  const std::span<const data::Payload> messages = messages_.payloads();
  std::vector<std::string_view> found;
  first_row_.reserve(messages.size());
  for (std::size_t i = 0; i < messages.size(); ++i) {
    first_row_.push_back(static_cast<std::uint32_t>(payloads_.size()));
    found.clear();
    const Reason reason =
        messages[i].bytes == nullptr ? Reason::kNoValue : elements.split(messages[i].text(), found);
    if (reason != Reason::kNone) {
      data::Payload whole = messages[i];
      whole.broken = static_cast<std::uint16_t>(reason);
      payloads_.push_back(whole);
    }
    for (const std::string_view element : found) {
      payloads_.push_back({element.data(), static_cast<std::uint32_t>(element.size())});
    }
    message_of_.resize(payloads_.size(), static_cast<std::uint32_t>(i));
  }
}

std::span<const data::Payload> JsonElementBatch::payloads() const {
  return split_ ? std::span<const data::Payload>(payloads_) : messages_.payloads();
}

void JsonElementBatch::write_column(std::size_t column, std::span<const std::uint32_t> rows,
                                    data::VectorWriter& out) const {
  if (column == kElement) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      out.as<std::int32_t>()[i] =
          static_cast<std::int32_t>(rows[i] - first_row_[message_of_[rows[i]]]);
    }
    return;
  }
  std::array<std::uint32_t, data::kChunkRowsMax> of_messages;
  std::span<const std::uint32_t> messages = rows;
  if (split_) {
    for (std::size_t i = 0; i < rows.size(); ++i) of_messages[i] = message_of_[rows[i]];
    messages = {of_messages.data(), rows.size()};
  }
  if (column != kEnvelope) return messages_.write_column(column, messages, out);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const data::Payload& message = messages_.payloads()[messages[i]];
    if (message.bytes == nullptr) {
      out.set_null(i);
    } else {
      out.set_text(i, message.text());
    }
  }
}

data::RecordOrigin JsonElementBatch::origin(std::size_t row) const {
  if (!split_) return messages_.origin(row);
  const std::uint32_t message = message_of_[row];
  data::RecordOrigin origin = messages_.origin(message);
  if (payloads_[row].broken == 0) {
    origin.element = static_cast<std::int64_t>(row) - first_row_[message];
  }
  return origin;
}

std::size_t JsonElementBatch::bytes() const {
  return messages_.bytes() + payloads_.capacity() * sizeof(data::Payload) +
         (message_of_.capacity() + first_row_.capacity()) * sizeof(std::uint32_t);
}

}  // namespace sluice::formats
