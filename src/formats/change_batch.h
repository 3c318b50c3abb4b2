#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "data/record_batch.h"
#include "data/type.h"

namespace sluice::formats {

/// What one message of a change stream says. Texts are slices of the message.
struct Change {
  data::Payload row;      ///< what the decoder decodes, or why there is nothing
  std::string_view op{};  ///< c, u, d, r ...; empty: unknown
  std::optional<std::int64_t> ts_ms{};
  std::string_view source{};  ///< JSON; empty: not known
};

/// The changes in the messages of a batch, without tombstones (messages without a value), which
/// repeat what the delete before them has said. Refers to the batch, which must outlive it.
class ChangeBatch final : public data::RecordBatch {
 public:
  /// `changes`: one for each message that has a value, in their order.
  ChangeBatch(const data::RecordBatch& messages, std::vector<Change> changes);

  /// The columns that it has beside those of the messages (Decoder::added_columns): op, ts_ms and,
  /// in JSON, source.
  static const data::Schema& added_columns(bool has_source);

  std::size_t size() const override { return payloads_.size(); }
  std::span<const data::Payload> payloads() const override { return payloads_; }
  data::Payload original(std::size_t row) const override {
    return messages_.payloads()[message_of_[row]];
  }
  void write_column(std::size_t column, std::span<const std::uint32_t> rows,
                    data::VectorWriter& out) const override;
  data::RecordOrigin origin(std::size_t row) const override {
    return messages_.origin(message_of_[row]);
  }
  std::int64_t blank_lines() const override { return messages_.blank_lines(); }
  std::size_t bytes() const override;

 private:
  const data::RecordBatch& messages_;
  std::vector<Change> changes_;
  std::vector<data::Payload> payloads_;
  std::vector<std::uint32_t> message_of_;
};

}  // namespace sluice::formats
