#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "connector/source.h"

namespace sluice::app {

/// Another source, of which at most so many records are read, and which is never informed that they
/// are done with: no offsets are committed, no files removed.
class QuietSource final : public connector::Source {
 public:
  QuietSource(std::unique_ptr<connector::Source> source, std::int64_t records_max)
      : source_(std::move(source)), records_max_(records_max) {}

  const data::Schema& schema() const override { return source_->schema(); }
  bool has_payload() const override { return source_->has_payload(); }
  Result<std::unique_ptr<data::Decoder>> decoder() override { return source_->decoder(); }
  bool is_columnar() const override { return source_->is_columnar(); }
  Result<data::ParquetRows> outline() override { return source_->outline(); }
  Status open(std::stop_token stop) override { return source_->open(std::move(stop)); }
  Result<data::Offset> initial() override { return source_->initial(); }
  Result<connector::Resumed> resume(const connector::Remembered& past) override {
    return source_->resume(past);
  }
  Result<std::string> log_entry(const data::Offset& from, const data::Offset& to) override {
    return source_->log_entry(from, to);
  }
  Result<data::Offset> latest(const data::Offset& from, const data::ReadLimit& limit) override;
  Status freeze() override { return source_->freeze(); }
  Status freeze_now() override { return source_->freeze_now(); }
  Status end_at(const connector::Remembered& place) override { return source_->end_at(place); }
  connector::Ending ending(const data::Offset& from) const override;
  bool can_reread() const override { return source_->can_reread(); }
  Result<std::unique_ptr<data::RecordBatch>> read(const data::Offset& from, const data::Offset& to,
                                                  std::stop_token stop) override;
  bool is_slow() const override { return source_->is_slow(); }
  void release(const data::Offset& /*offset*/) override {}
  Result<connector::Lag> lag(const data::Offset& from) override { return source_->lag(from); }
  void wait_for_data(const data::Offset& from, std::chrono::milliseconds wait, std::stop_token stop,
                     const Clock& clock) override {
    source_->wait_for_data(from, wait, std::move(stop), clock);
  }

 private:
  bool is_full() const { return records_ >= records_max_; }

  const std::unique_ptr<connector::Source> source_;
  const std::int64_t records_max_;
  std::int64_t records_ = 0;  ///< read so far
  data::Offset end_;          ///< of the newest of them
};

}  // namespace sluice::app
