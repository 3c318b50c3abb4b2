#include "connectors/memory/memory_source.h"

#include <algorithm>

#include "base/json.h"

namespace sluice::connectors {
namespace {

data::Offset make_offset(std::int64_t records) {
  return {"{\"offset\":" + std::to_string(records) + "}"};
}

Result<std::int64_t> parse_offset(const data::Offset& offset) {
  const auto json = parse_json(offset.json);
  if (!json.is_object() || !json.contains("offset") || !json["offset"].is_number_integer()) {
    return corruption_error("memory source cannot read offset=" + offset.json);
  }
  return json["offset"].get<std::int64_t>();
}

/// Records [first, first + size) of a stream.
class MemoryBatch final : public data::RecordBatch {
 public:
  MemoryBatch(std::int64_t first, std::vector<std::string> records)
      : first_(first), records_(std::move(records)) {
    for (const std::string& record : records_) {
      payloads_.push_back({record.data(), static_cast<std::uint32_t>(record.size())});
      bytes_ += record.size();
    }
  }

  std::size_t size() const override { return records_.size(); }
  std::span<const data::Payload> payloads() const override { return payloads_; }
  std::size_t bytes() const override { return bytes_; }

  void write_column(std::size_t /*column*/, std::span<const std::uint32_t> rows,
                    data::VectorWriter& out) const override {
    auto* values = out.as<std::int64_t>();
    for (std::size_t i = 0; i < rows.size(); ++i) values[i] = first_ + rows[i];
  }

  data::RecordOrigin origin(std::size_t row) const override {
    data::RecordOrigin origin;
    origin.origin = "memory";
    origin.offset = first_ + static_cast<std::int64_t>(row);
    return origin;
  }

 private:
  const std::int64_t first_;
  const std::vector<std::string> records_;
  std::vector<data::Payload> payloads_;  // point into records_
  std::size_t bytes_ = 0;
};

}  // namespace

const data::Schema& MemorySource::schema() const {
  static const data::Schema kSchema({{"offset", data::TypeId::kBigint}});
  return kSchema;
}

Status MemorySource::open(std::stop_token /*stop*/) { return {}; }

Result<data::Offset> MemorySource::initial() { return make_offset(0); }

std::int64_t MemorySource::end() const { return frozen_end_.value_or(stream_.size()); }

Result<data::Offset> MemorySource::latest(const data::Offset& from, const data::ReadLimit& limit) {
  SLUICE_ASSIGN(const std::int64_t first, parse_offset(from));
  const std::int64_t last = std::max(first, end());
  const std::int64_t count = std::min(last - first, std::max<std::int64_t>(limit.records, 1));
  std::int64_t taken = 0;
  std::int64_t bytes = 0;
  for (const std::string& record : stream_.records(first, first + count)) {
    bytes += static_cast<std::int64_t>(record.size());
    if (taken > 0 && bytes > limit.bytes) break;
    ++taken;
  }
  return make_offset(first + taken);
}

Status MemorySource::freeze() {
  frozen_end_ = stream_.size();
  return {};
}

Status MemorySource::end_at(const connector::Remembered& place) {
  SLUICE_ASSIGN(frozen_end_, parse_offset(place.offset));
  return {};
}

Result<std::unique_ptr<data::RecordBatch>> MemorySource::read(const data::Offset& from,
                                                              const data::Offset& to,
                                                              std::stop_token /*stop*/) {
  SLUICE_ASSIGN(const std::int64_t first, parse_offset(from));
  SLUICE_ASSIGN(const std::int64_t last, parse_offset(to));
  if (first < 0 || last < first || last > stream_.size()) {
    return corruption_error("memory stream has no records from=" + from.json + " to=" + to.json +
                            ": it holds " + std::to_string(stream_.size()) +
                            " and forgets them with the process");
  }
  return {std::make_unique<MemoryBatch>(first, stream_.records(first, last))};
}

void MemorySource::release(const data::Offset& /*offset*/) {}

Result<connector::Lag> MemorySource::lag(const data::Offset& from) {
  SLUICE_ASSIGN(const std::int64_t first, parse_offset(from));
  return connector::Lag{std::max<std::int64_t>(end() - first, 0)};
}

void MemorySource::wait_for_data(const data::Offset& from, std::chrono::milliseconds wait,
                                 std::stop_token stop, const Clock& clock) {
  const auto first = parse_offset(from);
  if (first && !frozen_end_) {
    stream_.wait_beyond(*first, wait, stop, clock);
  } else {
    clock.sleep_for(wait, std::move(stop));
  }
}

connector::SourceKind memory_source_kind() {
  connector::SourceKind kind;
  kind.name = "memory";
  kind.text = "Records that a C++ test in the same process feeds.";
  kind.options = {{.name = "name",
                   .type = OptionType::kText,
                   .text = "Name of the stream.",
                   .required = true,
                   .example = "orders"},
                  {.name = "max_records_per_trigger",
                   .type = OptionType::kInteger,
                   .text = "Records that one batch takes at most.",
                   .minimum = 1},
                  {.name = "max_bytes_per_trigger",
                   .type = OptionType::kByteSize,
                   .text = "Bytes that one batch takes at most; one record always gets through.",
                   .minimum = 1}};
  kind.make = [](const Options& options,
                 const connector::Context&) -> Result<std::unique_ptr<connector::Source>> {
    MemoryStream& stream = MemoryStore::instance().stream(options.text("name"));
    return {std::make_unique<MemorySource>(stream)};
  };
  return kind;
}

}  // namespace sluice::connectors
