#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "data/record_batch.h"
#include "data/type.h"
#include "formats/json_elements.h"

namespace sluice::formats {

/// The records inside the messages of a batch: each element of a list a record, or one record a
/// message. A message that cannot be taken apart is one record, which is broken. Refers to the
/// batch, which must outlive it.
class JsonElementBatch final : public data::RecordBatch {
 public:
  /// `elements`: where they are; null: a message is one record.
  JsonElementBatch(const data::RecordBatch& messages, const JsonElements* elements);

  /// What such a batch has beside the columns of the messages (Decoder::added_columns): `envelope`,
  /// the message as a whole, and with `elements` the number of the record in its message, from 0.
  static const data::Schema& added_columns(bool elements);

  std::size_t size() const override { return payloads().size(); }
  std::span<const data::Payload> payloads() const override;
  void write_column(std::size_t column, std::span<const std::uint32_t> rows,
                    data::VectorWriter& out) const override;
  data::RecordOrigin origin(std::size_t row) const override;
  std::int64_t blank_lines() const override { return messages_.blank_lines(); }
  std::size_t bytes() const override;

 private:
  void split(const JsonElements& elements);

  const data::RecordBatch& messages_;
  bool split_;
  std::vector<data::Payload> payloads_;    ///< of records; empty, as the next, unless split
  std::vector<std::uint32_t> message_of_;  ///< of each record
  std::vector<std::uint32_t> first_row_;   ///< of each message
};

}  // namespace sluice::formats
