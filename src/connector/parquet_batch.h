#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "connector/local_copies.h"
#include "data/record_batch.h"

namespace sluice::connector {

/// A batch that is a set of Parquet files: of a folder, of a Delta table.
class ParquetBatch final : public data::RecordBatch {
 public:
  /// `counts`: of each of the files, how many of its rows count. `copies` holds those that were
  /// fetched from a store.
  ParquetBatch(data::ParquetRows rows, std::vector<std::uint64_t> counts, LocalCopies copies);

  const data::ParquetRows* parquet() const override { return &rows_; }
  std::size_t size() const override { return size_; }
  /// SQL reads the files.
  std::span<const data::Payload> payloads() const override { return {}; }
  void write_column(std::size_t, std::span<const std::uint32_t>,
                    data::VectorWriter&) const override {}
  /// The file, and the row's number among those of it that count.
  data::RecordOrigin origin(std::size_t row) const override;
  /// The rows lie on disk.
  std::size_t bytes() const override { return 0; }

 private:
  data::ParquetRows rows_;
  std::vector<std::uint64_t> counts_;
  LocalCopies copies_;
  std::size_t size_ = 0;
};

}  // namespace sluice::connector
