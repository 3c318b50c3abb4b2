#include "connectors/custom/custom_source.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "base/border.h"
#include "base/json.h"
#include "base/log.h"
#include "data/arena.h"
#include "data/time_range.h"

namespace sluice::connectors::custom {
namespace {

enum Column : unsigned char { kRecord, kKey, kValue, kTimestamp };

data::Offset at(std::int64_t record) { return {"{\"record\":" + std::to_string(record) + "}"}; }

/// NULL beyond the years that SQL's readers know, as of other sources.
std::optional<std::int64_t> in_range(std::optional<std::int64_t> micros) {
  const bool is_known = micros && *micros >= data::kTimestampMin && *micros <= data::kTimestampMax;
  return is_known ? micros : std::nullopt;
}

Result<std::int64_t> record_of(const data::Offset& offset) {
  const auto json = parse_json(offset.json);
  if (!json.is_object() || !json.contains("record") || !json["record"].is_number_integer()) {
    return corruption_error("no record's number: offset=" + offset.json);
  }
  return json["record"].get<std::int64_t>();
}

}  // namespace

/// Records [first, first + size) of a source.
class CustomSource::Batch final : public data::RecordBatch {
 public:
  Batch(std::string kind, std::int64_t first) : kind_(std::move(kind)), first_(first) {}

  Status add(const Record& record) {
    const std::string_view given = record.value.value_or("");
    if (given.size() > UINT32_MAX) {
      return user_error("record " + std::to_string(end()) + " has " + std::to_string(given.size()) +
                        " bytes; 4 GiB are too many");
    }
    const std::string_view value = record.value ? keep(given) : std::string_view();
    payloads_.push_back({value.data(), static_cast<std::uint32_t>(value.size())});
    keys_.push_back(record.key ? std::optional(keep(*record.key)) : std::nullopt);
    times_.push_back(in_range(record.timestamp_us));
    return {};
  }

  std::int64_t first() const { return first_; }
  std::int64_t end() const { return first_ + std::ssize(payloads_); }

  std::size_t size() const override { return payloads_.size(); }
  std::span<const data::Payload> payloads() const override { return payloads_; }
  std::size_t bytes() const override { return bytes_; }

  void write_column(std::size_t column, std::span<const std::uint32_t> rows,
                    data::VectorWriter& out) const override {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::uint32_t row = rows[i];
      if (column == kRecord) {
        out.as<std::int64_t>()[i] = first_ + row;
      } else if (column == kKey) {
        keys_[row] ? out.set_text(i, *keys_[row]) : out.set_null(i);
      } else if (column == kValue) {
        payloads_[row].bytes != nullptr ? out.set_text(i, payloads_[row].text()) : out.set_null(i);
      } else if (times_[row]) {
        out.as<std::int64_t>()[i] = *times_[row];
      } else {
        out.set_null(i);
      }
    }
  }

  data::RecordOrigin origin(std::size_t row) const override {
    data::RecordOrigin origin;
    origin.origin = kind_;
    origin.offset = first_ + static_cast<std::int64_t>(row);
    origin.timestamp = times_[row];
    origin.key = keys_[row];
    return origin;
  }

 private:
  /// A copy; never without an address, which would make it a record without a value.
  std::string_view keep(std::string_view text) {
    bytes_ += text.size();
    return text.empty() ? "" : texts_.copy(text);
  }

  const std::string kind_;
  const std::int64_t first_;
  data::Arena texts_;
  std::vector<data::Payload> payloads_;
  std::vector<std::optional<std::string_view>> keys_;
  std::vector<std::optional<std::int64_t>> times_;
  std::size_t bytes_ = 0;
};

CustomSource::CustomSource(std::unique_ptr<RecordSource> records, std::string kind)
    : records_(std::move(records)), kind_(std::move(kind)) {}

CustomSource::~CustomSource() = default;

const data::Schema& CustomSource::schema() const {
  static const data::Schema kSchema({{"record", data::TypeId::kBigint},
                                     {"key", data::TypeId::kBlob},
                                     {"value", data::TypeId::kBlob},
                                     {"timestamp", data::TypeId::kTimestampTz}});
  return kSchema;
}

Status CustomSource::open(std::stop_token stop) {
  SLUICE_TRY(at_program(kind_ + ": open", [&] { return records_->open(stop); }));
  stop_ = std::move(stop);
  is_open_ = true;
  return {};
}

Result<data::Offset> CustomSource::initial() {
  SLUICE_ASSIGN(const std::int64_t first,
                at_program(kind_ + ": first", [&] { return records_->first(); }));
  return at(first);
}

Result<std::int64_t> CustomSource::end() const {
  if (frozen_end_) return *frozen_end_;
  return at_program(kind_ + ": end", [&] { return records_->end(); });
}

Result<data::Offset> CustomSource::latest(const data::Offset& from, const data::ReadLimit& limit) {
  SLUICE_ASSIGN(const std::int64_t first, record_of(from));
  SLUICE_ASSIGN(const std::int64_t oldest,
                at_program(kind_ + ": first", [&] { return records_->first(); }));
  SLUICE_ASSIGN(const std::int64_t last, end());
  found_.reset();
  if (oldest > first) {
    return corruption_error(kind_ + ": the records from " + std::to_string(first) + " to " +
                            std::to_string(oldest - 1) +
                            " are gone before they were read: first() is beyond them");
  }
  if (last < first) {
    return corruption_error(kind_ + ": end() is " + std::to_string(last) +
                            ", and the records before " + std::to_string(first) +
                            " have been read: numbers must not be used again");
  }
  if (last == first) return from;
  if (limit.all) return at(last);
  const std::int64_t to = first + std::min(last - first, std::max<std::int64_t>(limit.records, 1));
  constexpr std::int64_t kAnyBytes = std::numeric_limits<std::int64_t>::max();
  if (limit.bytes == kAnyBytes) return at(to);
  // How large records are is not known before they are read.
  SLUICE_ASSIGN(found_, records(first, to, limit.bytes, stop_));
  return at(found_->end());
}

Status CustomSource::freeze() {
  SLUICE_ASSIGN(frozen_end_, end());
  return {};
}

Status CustomSource::freeze_now() { return freeze(); }

Status CustomSource::end_at(const connector::Remembered& place) {
  SLUICE_ASSIGN(frozen_end_, record_of(place.offset));
  return {};
}

connector::Ending CustomSource::ending(const data::Offset& from) const {
  const auto complete =
      at_program(kind_ + ": is_complete", [&] { return Result<bool>(records_->is_complete()); });
  if (!complete && !has_warned_.exchange(true)) log_warn(complete.error().message());
  if (!complete || !*complete) return connector::Ending::kNever;
  const auto first = is_open_ ? record_of(from) : Result<std::int64_t>(0);
  const auto last = is_open_ ? end() : Result<std::int64_t>(1);
  return first && last && *first >= *last ? connector::Ending::kEnded : connector::Ending::kPending;
}

bool CustomSource::can_reread() const { return true; }

Result<std::unique_ptr<CustomSource::Batch>> CustomSource::records(std::int64_t from,
                                                                   std::int64_t to,
                                                                   std::int64_t bytes,
                                                                   const std::stop_token& stop) {
  auto batch = std::make_unique<Batch>(kind_, from);
  Status added;
  bool is_full = false;
  const auto give = [&](const Record& record) {
    const auto size = static_cast<std::int64_t>(batch->bytes() + record.value.value_or("").size());
    is_full = is_full || (batch->size() > 0 && size > bytes);
    if (added && !is_full) added = batch->add(record);
    return added && !is_full;
  };
  auto done = at_program(kind_ + ": read", [&] { return records_->read(from, to, give, stop); });
  SLUICE_TRY(std::move(added));
  const bool is_missing = batch->end() < to && !is_full;
  if (stop.stop_requested() && (!done || is_missing))
    return Error(Kind::kCancelled, kind_ + ": read");
  if (!done && done.error().kind() == Kind::kCancelled) {
    return transient_error(done.error().message());  // nobody has asked it to stop
  }
  SLUICE_TRY(std::move(done));
  if (batch->end() > to || is_missing) {
    return corruption_error(kind_ + ": read of the records " + std::to_string(from) + " to " +
                            std::to_string(to - 1) + " gave " + std::to_string(batch->size()) +
                            " of " + std::to_string(to - from));
  }
  return batch;
}

Result<std::unique_ptr<data::RecordBatch>> CustomSource::read(const data::Offset& from,
                                                              const data::Offset& to,
                                                              std::stop_token stop) {
  SLUICE_ASSIGN(const std::int64_t first, record_of(from));
  SLUICE_ASSIGN(const std::int64_t last, record_of(to));
  if (found_ != nullptr && found_->first() == first && found_->end() == last) {
    return std::move(found_);
  }
  constexpr std::int64_t kAnyBytes = std::numeric_limits<std::int64_t>::max();
  SLUICE_ASSIGN(auto batch, records(first, last, kAnyBytes, stop));
  return batch;
}

void CustomSource::release(const data::Offset& offset) {
  const auto released = at_program(kind_ + ": release", [&]() -> Status {
    SLUICE_ASSIGN(const std::int64_t before, record_of(offset));
    records_->release(before);
    return {};
  });
  if (!released) log_warn(released.error().message());
}

Result<connector::Lag> CustomSource::lag(const data::Offset& from) {
  SLUICE_ASSIGN(const std::int64_t first, record_of(from));
  SLUICE_ASSIGN(const std::int64_t last, end());
  return connector::Lag{std::max<std::int64_t>(last - first, 0)};
}

}  // namespace sluice::connectors::custom
