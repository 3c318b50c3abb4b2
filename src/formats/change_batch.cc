#include "formats/change_batch.h"

#include <array>
#include <utility>

#include "base/check.h"
#include "data/decoder.h"

namespace sluice::formats {
namespace {

enum ChangeColumn : std::size_t { kOp = data::Decoder::kAddedColumn, kTsMs, kSource };

}  // namespace

ChangeBatch::ChangeBatch(const data::RecordBatch& messages, std::vector<Change> changes)
    : messages_(messages), changes_(std::move(changes)) {
  const std::span<const data::Payload> all = messages_.payloads();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].bytes != nullptr) message_of_.push_back(static_cast<std::uint32_t>(i));
  }
  SLUICE_CHECK(message_of_.size() == changes_.size());
  payloads_.reserve(changes_.size());
  for (const Change& change : changes_) payloads_.push_back(change.row);
}

const data::Schema& ChangeBatch::added_columns(bool has_source) {
  using data::TypeId;
  static const data::Schema kPlain({{"op", TypeId::kVarchar}, {"ts_ms", TypeId::kBigint}});
  static const data::Schema kOfJson(
      {{"op", TypeId::kVarchar}, {"ts_ms", TypeId::kBigint}, {"source", TypeId::kJson}});
  return has_source ? kOfJson : kPlain;
}

void ChangeBatch::write_column(std::size_t column, std::span<const std::uint32_t> rows,
                               data::VectorWriter& out) const {
  if (column < data::Decoder::kAddedColumn) {
    std::array<std::uint32_t, data::kChunkRowsMax> of_messages;
    for (std::size_t i = 0; i < rows.size(); ++i) of_messages[i] = message_of_[rows[i]];
    messages_.write_column(column, {of_messages.data(), rows.size()}, out);
    return;
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Change& change = changes_[rows[i]];
    if (column == kTsMs) {
      if (change.ts_ms) {
        out.as<std::int64_t>()[i] = *change.ts_ms;
      } else {
        out.set_null(i);
      }
      continue;
    }
    const std::string_view text = column == kOp ? change.op : change.source;
    if (text.empty()) {
      out.set_null(i);
    } else {
      out.set_text(i, text);
    }
  }
}

std::size_t ChangeBatch::bytes() const {
  return messages_.bytes() + changes_.capacity() * sizeof(Change) +
         payloads_.capacity() * sizeof(data::Payload) +
         message_of_.capacity() * sizeof(std::uint32_t);
}

}  // namespace sluice::formats
