#include "app/rehearsal/slice_source.h"

#include <algorithm>
#include <charconv>

namespace sluice::app {
namespace {

data::Offset offset_of(std::size_t batches) { return {std::to_string(batches)}; }

std::size_t batches_of(const data::Offset& offset) {
  std::size_t batches = 0;
  std::from_chars(offset.json.data(), offset.json.data() + offset.json.size(), batches);
  return batches;
}

}  // namespace

class SliceSource::PieceBatch final : public data::RecordBatch {
 public:
  explicit PieceBatch(Piece piece) : piece_(std::move(piece)) {}

  std::size_t size() const override { return piece_.size; }
  const data::ParquetRows* parquet() const override { return piece_.whole->parquet(); }
  std::span<const data::Payload> payloads() const override {
    const auto all = piece_.whole->payloads();
    return all.empty() ? all : all.subspan(piece_.first, piece_.size);
  }
  void write_column(std::size_t column, std::span<const std::uint32_t> rows,
                    data::VectorWriter& out) const override {
    std::vector<std::uint32_t> moved(rows.begin(), rows.end());
    for (std::uint32_t& row : moved) row += static_cast<std::uint32_t>(piece_.first);
    piece_.whole->write_column(column, moved, out);
  }
  data::Payload original(std::size_t row) const override {
    return piece_.whole->original(piece_.first + row);
  }
  data::RecordOrigin origin(std::size_t row) const override {
    return piece_.whole->origin(piece_.first + row);
  }
  std::int64_t blank_lines() const override {
    return piece_.first == 0 ? piece_.whole->blank_lines() : 0;
  }
  std::size_t bytes() const override { return piece_.whole->bytes(); }

 private:
  const Piece piece_;
};

Status SliceSource::open(std::stop_token stop) {
  stop_ = stop;
  return source_->open(std::move(stop));
}

Result<data::Offset> SliceSource::initial() {
  SLUICE_ASSIGN(end_, source_->initial());
  // A table is read again from its start.
  pieces_.clear();
  taken_ = 0;
  return offset_of(0);
}

Result<data::Offset> SliceSource::latest(const data::Offset& from, const data::ReadLimit& limit) {
  if (slice_ != nullptr && slice_->is_full()) return from;
  const std::size_t next = batches_of(from) + 1;
  if (next > pieces_.size()) {
    data::ReadLimit less = limit;
    if (slice_ != nullptr) less.records = std::min(limit.records, slice_->records_max());
    SLUICE_ASSIGN(data::Offset to, source_->latest(end_, less));
    if (to == end_) return from;
    SLUICE_ASSIGN(std::shared_ptr<data::RecordBatch> whole, source_->read(end_, to, stop_));
    end_ = std::move(to);
    add(whole);
  }
  return offset_of(next);
}

void SliceSource::add(const std::shared_ptr<data::RecordBatch>& whole) {
  const std::size_t size = whole->size();
  const bool is_whole = slice_ == nullptr || source_->is_columnar();
  const std::size_t most =
      is_whole ? size : std::min(size, static_cast<std::size_t>(slice_->records_max()));
  std::size_t first = 0;
  do {
    pieces_.push_back({whole, first, std::min(most, size - first)});
    first += most;
  } while (first < size);
}

connector::Ending SliceSource::ending(const data::Offset& from) const {
  if (slice_ != nullptr && slice_->is_full()) return connector::Ending::kEnded;
  if (batches_of(from) < pieces_.size()) return connector::Ending::kPending;
  return source_->ending(end_);
}

Result<std::unique_ptr<data::RecordBatch>> SliceSource::read(const data::Offset& /*from*/,
                                                             const data::Offset& to,
                                                             std::stop_token /*stop*/) {
  const std::size_t number = batches_of(to);
  auto batch = std::make_unique<PieceBatch>(pieces_[number - 1]);
  // A batch that is made again reads the same records.
  if (number > taken_) {
    SLUICE_TRY(take_(*batch));
    taken_ = number;
  }
  return {std::move(batch)};
}

bool SliceSource::has_more() {
  if (taken_ < pieces_.size()) return true;
  const auto lag = source_->lag(end_);
  return lag && lag->records.value_or(0) > 0;
}

}  // namespace sluice::app
