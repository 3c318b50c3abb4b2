#include "sql/scan/scan_function.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <numeric>
#include <set>
#include <utility>

#include "sql/duckdb/duckdb_type.h"
#include "sql/duckdb/duckdb_vector.h"

namespace sluice::sql {
namespace {

using data::kChunkRowsMax;

/// Rows that a thread takes at a time: neighbours stay together, and small batches stay on the
/// thread that asked.
constexpr std::size_t kMorselRows = 4 * kChunkRowsMax;

/// An output vector of a query: which of the source's columns goes where.
struct Output {
  std::size_t position;      ///< in DuckDB's chunk
  const ScanColumn* column;  ///< null: a virtual column (row number), which count(*) asks for
};

/// One scan of one query.
struct Query {
  std::shared_ptr<ScanState> state;
  const data::RecordBatch* batch = nullptr;
  std::uint64_t generation = 0;
  std::size_t rows = 0;
  std::vector<Output> decoded;  ///< in the order of the decoder's output vectors
  std::vector<Output> own;
  std::set<std::size_t> columns;  ///< of the decoder: those of `decoded` and the checked ones
  std::atomic<std::size_t> next_row{0};
  std::atomic<std::size_t> rows_done{0};
};

std::shared_ptr<ScanState>& state_of(void* extra_info) {
  return *static_cast<std::shared_ptr<ScanState>*>(extra_info);
}

/// One thread of one scan.
class Worker {
 public:
  explicit Worker(std::shared_ptr<Query> query) : owner_(std::move(query)), query_(*owner_) {
    for (const Output& output : query_.decoded) {
      writers_.push_back(make_writer(output.column->field.type));
    }
    for (const Output& output : query_.own) {
      own_writers_.push_back(output.column == nullptr ? data::VectorWriter()
                                                      : make_writer(output.column->field.type));
    }
    if (query_.state->definition.decoder != nullptr) make_reader();
  }

  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  ~Worker() { hand_in(); }

  /// Fills `chunk` with the next rows; leaves it empty when there are none.
  void fill(duckdb_data_chunk chunk) {
    std::size_t count = 0;
    // A chunk without rows would end the scan, so one of rejects only is skipped.
    do {
      if (!take_morsel()) {
        hand_in();
        break;
      }
      count = read(chunk, std::min(kChunkRowsMax, end_ - next_));
    } while (count == 0);
    duckdb_data_chunk_set_size(chunk, count);
  }

 private:
  void make_reader() {
    ScanState& state = *query_.state;
    std::vector<std::size_t> columns;
    for (const Output& output : query_.decoded) columns.push_back(output.column->index);
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

  bool take_morsel() {
    if (next_ < end_) return true;
    next_ = query_.next_row.fetch_add(kMorselRows);
    end_ = std::min(query_.rows, next_ + kMorselRows);
    return next_ < query_.rows;
  }

  /// Reads `count` records into `chunk`; returns how many of them decoded.
  std::size_t read(duckdb_data_chunk chunk, std::size_t count) {
    kept_.clear();
    if (reader_ != nullptr) {
      for (std::size_t i = 0; i < writers_.size(); ++i) {
        const Output& output = query_.decoded[i];
        aim_writer(writers_[i], duckdb_data_chunk_get_vector(chunk, output.position),
                   output.column->field.type);
      }
      reader_->read(query_.batch->payloads(), next_, count, writers_, kept_, rejects_);
      for (std::size_t i = 0; i < writers_.size(); ++i) {
        finish_writer(writers_[i], query_.decoded[i].column->field.type);
      }
    } else {
      kept_.resize(count);
      std::iota(kept_.begin(), kept_.end(), static_cast<std::uint32_t>(next_));
    }
    if (!kept_.empty()) write_own(chunk);
    next_ += count;
    rows_done_ += count;
    return kept_.size();
  }

  void write_own(duckdb_data_chunk chunk) {
    for (std::size_t i = 0; i < own_writers_.size(); ++i) {
      const Output& output = query_.own[i];
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

  void hand_in() {
    ScanState& state = *query_.state;
    if (rows_done_ == 0 && rejects_.empty() && query_.rows > 0) return;
    const std::size_t done = query_.rows_done.fetch_add(rows_done_) + rows_done_;
    const std::lock_guard lock(state.mutex);
    if (state.generation == query_.generation) {
      state.rejects.insert(state.rejects.end(), rejects_.begin(), rejects_.end());
      if (done == query_.rows) {
        state.scanned = true;
        state.whole.insert(query_.columns.begin(), query_.columns.end());
      }
    }
    rejects_.clear();
    rows_done_ = 0;
  }

  std::shared_ptr<Query> owner_;  ///< DuckDB does not say which of the two it frees first
  Query& query_;
  std::unique_ptr<data::RecordReader> reader_;
  std::vector<data::VectorWriter> writers_;
  std::vector<data::VectorWriter> own_writers_;
  std::vector<std::uint32_t> kept_;
  std::vector<data::Reject> rejects_;  ///< not handed in yet
  std::size_t rows_done_ = 0;          ///< not handed in yet
  std::size_t next_ = 0;
  std::size_t end_ = 0;
};

template <class T>
void destroy(void* object) {
  delete static_cast<T*>(object);
}

void bind_columns(duckdb_bind_info info) {
  const ScanState& state = *state_of(duckdb_bind_get_extra_info(info));
  for (const ScanColumn& column : state.definition.columns) {
    const TypeHandle type = make_logical_type(column.field.type);
    duckdb_bind_add_result_column(info, column.field.name.c_str(), type.get());
  }
  const std::size_t rows = state.batch == nullptr ? 1 : state.batch->size();
  duckdb_bind_set_cardinality(info, rows, false);
}

/// Whether scans of a batch decode the same columns: only then do they reject the same records.
void note_columns(Query& query) {
  ScanState& state = *query.state;
  query.columns.insert(state.checked.begin(), state.checked.end());
  for (const Output& output : query.decoded) query.columns.insert(output.column->index);
  const std::lock_guard lock(state.mutex);
  state.needed.insert(query.columns.begin(), query.columns.end());
  if (!state.decoded) {
    state.decoded = query.columns;
  } else if (*state.decoded != query.columns) {
    state.differ = true;
  }
}

void start_query(duckdb_init_info info) {
  auto query = std::make_shared<Query>();
  query->state = state_of(duckdb_init_get_extra_info(info));
  query->batch = query->state->batch;
  query->generation = query->state->generation;
  query->rows = query->batch == nullptr ? 0 : query->batch->size();
  const std::vector<ScanColumn>& columns = query->state->definition.columns;
  for (idx_t i = 0; i < duckdb_init_get_column_count(info); ++i) {
    const idx_t index = duckdb_init_get_column_index(info, i);
    const ScanColumn* column = index < columns.size() ? &columns[index] : nullptr;
    auto& outputs = column != nullptr && column->decoded ? query->decoded : query->own;
    outputs.push_back({i, column});
  }
  if (query->rows > 0) note_columns(*query);
  const std::size_t morsels = (query->rows + kMorselRows - 1) / kMorselRows;
  duckdb_init_set_max_threads(info, std::max<std::size_t>(1, morsels));
  duckdb_init_set_init_data(info, new std::shared_ptr<Query>(std::move(query)),
                            destroy<std::shared_ptr<Query>>);
}

void start_worker(duckdb_init_info info) {
  try {
    // The query's init data is not to be had here by name; DuckDB gives it to the function itself.
    duckdb_init_set_init_data(info, new std::unique_ptr<Worker>(),
                              destroy<std::unique_ptr<Worker>>);
  } catch (const std::exception& failure) {
    duckdb_init_set_error(info, failure.what());
  }
}

void fill_chunk(duckdb_function_info info, duckdb_data_chunk chunk) {
  try {
    auto& worker =
        *static_cast<std::unique_ptr<Worker>*>(duckdb_function_get_local_init_data(info));
    if (worker == nullptr) {
      worker = std::make_unique<Worker>(
          *static_cast<std::shared_ptr<Query>*>(duckdb_function_get_init_data(info)));
    }
    worker->fill(chunk);
  } catch (const std::exception& failure) {
    duckdb_function_set_error(info, failure.what());
  }
}

}  // namespace

Status register_scan_function(DuckdbSession& session, const std::string& name,
                              std::shared_ptr<ScanState> state) {
  const TableFunctionHandle function(duckdb_create_table_function());
  duckdb_table_function_set_name(function.get(), name.c_str());
  duckdb_table_function_set_extra_info(function.get(),
                                       new std::shared_ptr<ScanState>(std::move(state)),
                                       destroy<std::shared_ptr<ScanState>>);
  duckdb_table_function_set_bind(function.get(), bind_columns);
  duckdb_table_function_set_init(function.get(), start_query);
  duckdb_table_function_set_local_init(function.get(), start_worker);
  duckdb_table_function_set_function(function.get(), fill_chunk);
  duckdb_table_function_supports_projection_pushdown(function.get(), true);
  if (duckdb_register_table_function(session.connection(), function.get()) != DuckDBSuccess) {
    return internal_error("DuckDB does not take the table function name=" + name);
  }
  return {};
}

}  // namespace sluice::sql
