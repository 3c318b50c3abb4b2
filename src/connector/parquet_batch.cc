#include "connector/parquet_batch.h"

#include <numeric>
#include <utility>

namespace sluice::connector {

ParquetBatch::ParquetBatch(data::ParquetRows rows, std::vector<std::uint64_t> counts,
                           LocalCopies copies)
    : rows_(std::move(rows)), counts_(std::move(counts)), copies_(std::move(copies)) {
  size_ = std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

data::RecordOrigin ParquetBatch::origin(std::size_t row) const {
  data::RecordOrigin origin;
  std::uint64_t left = row;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    const data::ParquetFile& file = rows_.files[i];
    if (left < counts_[i]) {
      origin.origin = file.shown_path.empty() ? file.path : file.shown_path;
      origin.offset = static_cast<std::int64_t>(file.rows.first + left);
      origin.timestamp = file.modified;
      break;
    }
    left -= counts_[i];
  }
  return origin;
}

}  // namespace sluice::connector
