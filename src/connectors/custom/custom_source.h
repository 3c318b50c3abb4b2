#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "connector/source.h"
#include "sluice/connector.h"

namespace sluice::connectors::custom {

/// A RecordSource of the program's as the engine reads it. An offset is the number of the next
/// record: {"record":12}.
class CustomSource final : public connector::Source {
 public:
  /// `kind`, for messages and dead letters.
  CustomSource(std::unique_ptr<RecordSource> records, std::string kind);
  ~CustomSource() override;

  const data::Schema& schema() const override;
  bool has_payload() const override { return true; }
  Status open(std::stop_token stop) override;
  Result<data::Offset> initial() override;
  Result<data::Offset> latest(const data::Offset& from, const data::ReadLimit& limit) override;
  Status freeze() override;
  Status freeze_now() override;
  Status end_at(const connector::Remembered& place) override;
  connector::Ending ending(const data::Offset& from) const override;
  bool can_reread() const override;
  Result<std::unique_ptr<data::RecordBatch>> read(const data::Offset& from, const data::Offset& to,
                                                  std::stop_token stop) override;
  void release(const data::Offset& offset) override;
  Result<connector::Lag> lag(const data::Offset& from) override;

 private:
  class Batch;

  Result<std::int64_t> end() const;
  /// The records [from, to), or as many of them as fit into `bytes`, one at least.
  Result<std::unique_ptr<Batch>> records(std::int64_t from, std::int64_t to, std::int64_t bytes,
                                         const std::stop_token& stop);

  const std::unique_ptr<RecordSource> records_;
  const std::string kind_;
  std::optional<std::int64_t> frozen_end_;
  /// What latest() read to find the end of the batch, which read() asks for next.
  std::unique_ptr<Batch> found_;
  std::stop_token stop_;  // the run's, since open()
  bool is_open_ = false;
  mutable std::atomic<bool> has_warned_ = false;  // of is_complete()
};

}  // namespace sluice::connectors::custom
