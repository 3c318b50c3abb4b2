#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "data/record_batch.h"

namespace sluice::engine {

/// Some of the records of a batch, in their order. Refers to the batch, which must outlive it.
class SelectedRecords final : public data::RecordBatch {
 public:
  /// Of each key the newest record, unless it is a tombstone. A key is its bytes, whatever the
  /// format; the newest is the later one of a partition, and of several partitions that of the
  /// greater time. Records without a key stay, each for itself.
  static std::unique_ptr<SelectedRecords> latest_by_key(const data::RecordBatch& all);
  /// All but tombstones.
  static std::unique_ptr<SelectedRecords> with_value(const data::RecordBatch& all);

  /// How many records had no value and were skipped, those that were not the newest left out.
  std::size_t tombstones() const { return tombstones_; }

  std::size_t size() const override { return rows_.size(); }
  std::span<const data::Payload> payloads() const override { return payloads_; }
  void write_column(std::size_t column, std::span<const std::uint32_t> rows,
                    data::VectorWriter& out) const override;
  data::RecordOrigin origin(std::size_t row) const override { return all_.origin(rows_[row]); }
  std::size_t bytes() const override;

 private:
  explicit SelectedRecords(const data::RecordBatch& all) : all_(all) {}
  void add(std::size_t row);

  const data::RecordBatch& all_;
  std::vector<std::uint32_t> rows_;  ///< of `all_`
  std::vector<data::Payload> payloads_;
  std::size_t tombstones_ = 0;
};

}  // namespace sluice::engine
