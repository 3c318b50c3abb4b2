#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "data/record_batch.h"
#include "data/vector_writer.h"
#include "sql/scan/scan_function.h"

namespace sluice::sql {

/// A run of records that one thread decodes.
struct Morsel {
  std::size_t first = 0;
  std::size_t end = 0;
};

/// Records that a thread takes at a time: neighbours stay together, and small batches stay on the
/// thread that asked.
inline constexpr std::size_t kMorselRows = 4 * data::kChunkRowsMax;

/// An output vector of a query: which of the source's columns goes where.
struct ScanOutput {
  std::size_t position;      ///< in DuckDB's chunk
  const ScanColumn* column;  ///< null: a virtual column (row number), which count(*) asks for
};

/// One scan of one query. What is not atomic is written before the first thread begins.
struct ScanQuery {
  std::shared_ptr<ScanState> state;
  const data::RecordBatch* batch = nullptr;
  std::uint64_t generation = 0;
  std::size_t rows = 0;
  bool is_aside = false;            ///< Scan::set_aside()
  std::vector<ScanOutput> decoded;  ///< in the order of the decoder's output vectors
  std::vector<ScanOutput> own;
  std::set<std::size_t> columns;  ///< of the decoder: those of `decoded` and the checked ones
  std::atomic<std::size_t> next_row{0};
  std::atomic<std::size_t> rows_done{0};
  std::chrono::nanoseconds longest{0};  ///< decoded by one thread; guarded by the state's mutex
  std::atomic<int> workers{0};          ///< threads that DuckDB has given the scan so far

  /// The next records that nobody has taken; null: there are none. Any thread.
  std::optional<Morsel> take() {
    const std::size_t first = next_row.fetch_add(kMorselRows);
    if (first >= rows) return std::nullopt;
    return Morsel{first, std::min(rows, first + kMorselRows)};
  }
};

}  // namespace sluice::sql
