#include "connectors/http/fetched_record.h"

#include <cstring>
#include <mutex>
#include <utility>
#include <vector>

#include "base/utf8_text.h"
#include "data/arena.h"

namespace sluice::connectors::http {
namespace {

enum Column : std::size_t { kValue, kUrl, kFetchedAt, kEventId, kEvent };
constexpr std::uint32_t kMagic = 0x31504854;  // "THP1"
constexpr std::uint32_t kNone = 0xFFFFFFFFU;

/// What comes before url, event_id, event and the text.
struct Frame {
  std::uint32_t magic = kMagic;
  std::uint32_t url_bytes = 0;
  std::uint32_t event_id_bytes = kNone;
  std::uint32_t event_bytes = kNone;
  std::int64_t fetched_at = 0;
  RecordId id{};
};
static_assert(sizeof(Frame) == 40);

class FetchedBatch final : public data::RecordBatch {
 public:
  FetchedBatch(std::unique_ptr<data::RecordBatch> stored, std::string origin)
      : stored_(std::move(stored)), origin_(std::move(origin)) {}

  bool parse() {
    for (const data::Payload& payload : stored_->payloads()) {
      auto record = parse_fetched(payload.text());
      if (!record) return false;
      payloads_.push_back({record->text.data(), static_cast<std::uint32_t>(record->text.size())});
      records_.push_back(*record);
    }
    return true;
  }

  std::size_t size() const override { return payloads_.size(); }
  std::span<const data::Payload> payloads() const override { return payloads_; }
  /// Bytes that are not UTF-8 are shown as U+FFFD; payloads() has them as they are.
  void write_column(std::size_t column, std::span<const std::uint32_t> rows,
                    data::VectorWriter& out) const override {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const FetchedRecord& record = records_[rows[i]];
      if (column == kFetchedAt) {
        out.as<std::int64_t>()[i] = record.fetched_at;
        continue;
      }
      const std::optional<std::string_view> text = column == kValue     ? record.text
                                                   : column == kUrl     ? record.url
                                                   : column == kEventId ? record.event_id
                                                                        : record.event;
      if (text) {
        out.set_text(i, valid(*text));
      } else {
        out.set_null(i);
      }
    }
  }
  data::RecordOrigin origin(std::size_t row) const override {
    data::RecordOrigin origin = stored_->origin(row);
    origin.origin = origin_;
    origin.timestamp = records_[row].fetched_at;
    return origin;
  }
  std::int64_t blank_lines() const override { return stored_->blank_lines(); }
  std::size_t bytes() const override { return stored_->bytes(); }

 private:
  std::string_view valid(std::string_view text) const {
    if (is_utf8(text)) return text;
    const std::lock_guard lock(mutex_);
    return repaired_.copy(with_valid_utf8(text));
  }

  const std::unique_ptr<data::RecordBatch> stored_;
  const std::string origin_;
  std::vector<data::Payload> payloads_;  // point into stored_, as records_ do
  std::vector<FetchedRecord> records_;
  mutable std::mutex mutex_;  // guards repaired_
  mutable data::Arena repaired_;
};

}  // namespace

void append_fetched(std::string& out, const FetchedRecord& record) {
  Frame frame;
  frame.url_bytes = static_cast<std::uint32_t>(record.url.size());
  if (record.event_id) frame.event_id_bytes = static_cast<std::uint32_t>(record.event_id->size());
  if (record.event) frame.event_bytes = static_cast<std::uint32_t>(record.event->size());
  frame.fetched_at = record.fetched_at;
  frame.id = record.id;
  out.append(reinterpret_cast<const char*>(&frame), sizeof frame);
  out += record.url;
  out += record.event_id.value_or("");
  out += record.event.value_or("");
  out += record.text;
}

std::optional<FetchedRecord> parse_fetched(std::string_view bytes) {
  Frame frame;
  if (bytes.size() < sizeof frame) return std::nullopt;
  std::memcpy(&frame, bytes.data(), sizeof frame);
  bytes.remove_prefix(sizeof frame);
  const auto size_of = [](std::uint32_t size) { return size == kNone ? 0 : std::uint64_t{size}; };
  if (frame.magic != kMagic ||
      size_of(frame.url_bytes) + size_of(frame.event_id_bytes) + size_of(frame.event_bytes) >
          bytes.size()) {
    return std::nullopt;
  }
  const auto take = [&bytes](std::uint64_t size) {
    const std::string_view part = bytes.substr(0, size);
    bytes.remove_prefix(size);
    return part;
  };
  FetchedRecord record;
  record.url = take(frame.url_bytes);
  if (frame.event_id_bytes != kNone) record.event_id = take(frame.event_id_bytes);
  if (frame.event_bytes != kNone) record.event = take(frame.event_bytes);
  record.text = bytes;
  record.fetched_at = frame.fetched_at;
  record.id = frame.id;
  return record;
}

const data::Schema& fetched_columns() {
  static const data::Schema kColumns({{"value", data::TypeId::kVarchar},
                                      {"url", data::TypeId::kVarchar},
                                      {"fetched_at", data::TypeId::kTimestampTz},
                                      {"event_id", data::TypeId::kVarchar},
                                      {"event", data::TypeId::kVarchar}});
  return kColumns;
}

Result<std::unique_ptr<data::RecordBatch>> fetched_batch(std::unique_ptr<data::RecordBatch> stored,
                                                         const std::string& origin) {
  auto batch = std::make_unique<FetchedBatch>(std::move(stored), origin);
  if (!batch->parse()) {
    return corruption_error(
        "the inbox holds records that were not fetched by http; did the source have another "
        "connector before? Give it another name, or start over with a new checkpoint");
  }
  return std::unique_ptr<data::RecordBatch>(std::move(batch));
}

}  // namespace sluice::connectors::http
