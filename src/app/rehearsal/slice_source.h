#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "connector/source.h"

namespace sluice::app {

/// How much of a pipeline's sources is taken. The engine's thread counts, any thread may look.
class Slice {
 public:
  Slice(int batches_max, std::int64_t records_max)
      : records_max_(records_max), batches_left_(batches_max) {}

  /// A batch with records is done.
  void count_batch() { --batches_left_; }
  bool is_full() const { return batches_left_ <= 0; }
  /// Of a batch of one source.
  std::int64_t records_max() const { return records_max_; }

 private:
  const std::int64_t records_max_;
  std::atomic<int> batches_left_;
};

/// Another source, of which a slice is taken: batches of few records, each shown to somebody, and
/// no more once the slice is full. Like QuietSource it is never informed that records are done
/// with. What the source gives in one piece (a file) is handed on in pieces; a columnar source's
/// are whole. Offsets are its own: how many batches have been.
class SliceSource final : public connector::Source {
 public:
  /// Called with each batch, once.
  using Take = std::function<Status(const data::RecordBatch& batch)>;
  /// `slice` outlives this; null: a table, of which all is taken each time that it is read.
  SliceSource(std::unique_ptr<connector::Source> source, const Slice* slice, Take take)
      : source_(std::move(source)), slice_(slice), take_(std::move(take)) {}

  const data::Schema& schema() const override { return source_->schema(); }
  bool has_payload() const override { return source_->has_payload(); }
  Result<std::unique_ptr<data::Decoder>> decoder() override { return source_->decoder(); }
  bool is_columnar() const override { return source_->is_columnar(); }
  Result<data::ParquetRows> outline() override { return source_->outline(); }
  Status open(std::stop_token stop) override;
  Result<data::Offset> initial() override;
  Result<data::Offset> latest(const data::Offset& from, const data::ReadLimit& limit) override;
  Status freeze() override { return source_->freeze(); }
  Status freeze_now() override { return source_->freeze_now(); }
  connector::Ending ending(const data::Offset& from) const override;
  bool can_reread() const override { return source_->can_reread(); }
  Result<std::unique_ptr<data::RecordBatch>> read(const data::Offset& from, const data::Offset& to,
                                                  std::stop_token stop) override;
  void release(const data::Offset& /*offset*/) override {}
  Result<connector::Lag> lag(const data::Offset& /*from*/) override { return connector::Lag(); }
  void wait_for_data(const data::Offset& /*from*/, std::chrono::milliseconds wait,
                     std::stop_token stop, const Clock& clock) override {
    source_->wait_for_data(end_, wait, std::move(stop), clock);
  }

  /// After the run: whether there was more than what was taken, as far as the source knows.
  bool has_more();

 private:
  /// Some of the records of what the source gave at once.
  struct Piece {
    std::shared_ptr<data::RecordBatch> whole;
    std::size_t first = 0;
    std::size_t size = 0;
  };
  class PieceBatch;

  void add(const std::shared_ptr<data::RecordBatch>& whole);

  const std::unique_ptr<connector::Source> source_;
  const Slice* const slice_;
  const Take take_;
  std::stop_token stop_;
  data::Offset end_;  // of the source's own: all pieces are before it
  std::vector<Piece> pieces_;
  std::size_t taken_ = 0;  // of them
};

}  // namespace sluice::app
