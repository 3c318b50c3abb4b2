#include "sql/scan/chunk_decoder.h"

#include <algorithm>
#include <mutex>
#include <numeric>
#include <utility>

#include "sql/duckdb/duckdb_vector.h"

namespace sluice::sql {

ChunkDecoder::ChunkDecoder(ScanQuery& query) : query_(query) {
  for (const ScanOutput& output : query_.decoded) {
    writers_.push_back(make_writer(output.column->field.type));
  }
  for (const ScanOutput& output : query_.own) {
    own_writers_.push_back(output.column == nullptr ? data::VectorWriter()
                                                    : make_writer(output.column->field.type));
  }
  if (query_.state->definition.decoder != nullptr) make_reader();
}

void ChunkDecoder::make_reader() {
  ScanState& state = *query_.state;
  std::vector<std::size_t> columns;
  for (const ScanOutput& output : query_.decoded) columns.push_back(output.column->index);
  std::vector<std::size_t> checked;
  for (const std::size_t column : state.checked) {
    if (std::find(columns.begin(), columns.end(), column) == columns.end()) {
      checked.push_back(column);
    }
  }
  data::Arena* arena = nullptr;
  {
    const std::lock_guard lock(state.mutex);
    arena = state.arenas.emplace_back(std::make_unique<data::Arena>()).get();
  }
  reader_ = state.definition.decoder->reader(std::move(columns), std::move(checked), *arena);
}

std::size_t ChunkDecoder::decode(Morsel& morsel, duckdb_data_chunk chunk) {
  const auto start = std::chrono::steady_clock::now();
  const std::size_t count = std::min(data::kChunkRowsMax, morsel.end - morsel.first);
  kept_.clear();
  if (reader_ != nullptr) {
    for (std::size_t i = 0; i < writers_.size(); ++i) {
      const ScanOutput& output = query_.decoded[i];
      aim_writer(writers_[i], duckdb_data_chunk_get_vector(chunk, output.position),
                 output.column->field.type);
    }
    reader_->read(query_.batch->payloads(), morsel.first, count, writers_, kept_, rejects_);
    for (std::size_t i = 0; i < writers_.size(); ++i) {
      finish_writer(writers_[i], query_.decoded[i].column->field.type);
    }
  } else {
    kept_.resize(count);
    std::iota(kept_.begin(), kept_.end(), static_cast<std::uint32_t>(morsel.first));
  }
  if (!kept_.empty()) write_own(chunk);
  morsel.first += count;
  rows_done_ += count;
  duckdb_data_chunk_set_size(chunk, kept_.size());
  spent_ += std::chrono::steady_clock::now() - start;
  return kept_.size();
}

void ChunkDecoder::write_own(duckdb_data_chunk chunk) {
  for (std::size_t i = 0; i < own_writers_.size(); ++i) {
    const ScanOutput& output = query_.own[i];
    const duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, output.position);
    if (output.column == nullptr) {
      std::copy(kept_.begin(), kept_.end(),
                static_cast<std::int64_t*>(duckdb_vector_get_data(vector)));
      continue;
    }
    aim_writer(own_writers_[i], vector, output.column->field.type);
    query_.batch->write_column(output.column->index, kept_, own_writers_[i]);
    finish_writer(own_writers_[i], output.column->field.type);
  }
}

void ChunkDecoder::hand_in() {
  if (query_.is_aside) return;
  ScanState& state = *query_.state;
  if (rows_done_ == 0 && rejects_.empty() && query_.rows > 0) return;
  const std::size_t done = query_.rows_done.fetch_add(rows_done_) + rows_done_;
  const std::lock_guard lock(state.mutex);
  if (state.generation == query_.generation) {
    state.rejects.insert(state.rejects.end(), rejects_.begin(), rejects_.end());
    if (spent_ > query_.longest) {
      state.decode_time += spent_ - query_.longest;
      query_.longest = spent_;
    }
    if (done == query_.rows) {
      state.scanned = true;
      state.whole.insert(query_.columns.begin(), query_.columns.end());
    }
  }
  rejects_.clear();
  rows_done_ = 0;
}

}  // namespace sluice::sql
