#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "data/decoder.h"
#include "sql/duckdb/handles.h"
#include "sql/scan/scan_query.h"

namespace sluice::sql {

/// Decodes a query's records into DuckDB's chunks. One thread; what it rejected and how far it came
/// go to the scan's state at the end.
class ChunkDecoder {
 public:
  explicit ChunkDecoder(ScanQuery& query);
  ChunkDecoder(const ChunkDecoder&) = delete;
  ChunkDecoder& operator=(const ChunkDecoder&) = delete;
  ~ChunkDecoder() { hand_in(); }

  /// Decodes the next records of `morsel`, at most a chunk of them, and moves its beginning on.
  /// Returns how many rows `chunk` got: 0 when all were rejected.
  std::size_t decode(Morsel& morsel, duckdb_data_chunk chunk);

  /// When no records are left.
  void hand_in();

 private:
  void make_reader();
  void write_own(duckdb_data_chunk chunk);

  ScanQuery& query_;
  std::unique_ptr<data::RecordReader> reader_;
  std::vector<data::VectorWriter> writers_;
  std::vector<data::VectorWriter> own_writers_;
  std::vector<std::uint32_t> kept_;
  std::vector<data::Reject> rejects_;  ///< not handed in yet
  std::size_t rows_done_ = 0;          ///< not handed in yet
  std::chrono::nanoseconds spent_{0};
};

}  // namespace sluice::sql
