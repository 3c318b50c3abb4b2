#include "sql/scan/scan_function.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "sql/duckdb/callback.h"
#include "sql/duckdb/duckdb_type.h"
#include "sql/scan/chunk_decoder.h"
#include "sql/scan/decode_ahead.h"
#include "sql/scan/scan_query.h"

namespace sluice::sql {
namespace {

std::shared_ptr<ScanState>& state_of(void* extra_info) {
  return *static_cast<std::shared_ptr<ScanState>*>(extra_info);
}

/// One thread that DuckDB has given a scan.
class Worker {
 public:
  explicit Worker(std::shared_ptr<ScanQuery> query)
      : query_(std::move(query)), decoder_(*query_), is_first_(query_->workers.fetch_add(1) == 0) {}

  /// Fills `chunk` with the next rows; leaves it empty when there are none.
  Status fill(duckdb_data_chunk chunk) {
    // A chunk without rows would end the scan, so one of rejects only is skipped.
    for (;;) {
      if (morsel_.first < morsel_.end) {
        if (decoder_.decode(morsel_, chunk) > 0) return {};
      } else if (ready_ != nullptr && next_ready_ < ready_->filled) {
        refer(chunk, ready_->chunks[next_ready_++].get());
        return {};
      } else {
        SLUICE_ASSIGN(const bool more, advance());
        if (!more) break;
      }
    }
    ahead_.reset();
    decoder_.hand_in();
    duckdb_data_chunk_set_size(chunk, 0);
    return {};
  }

 private:
  /// To the next records, decoded or not; false: there are none.
  Result<bool> advance() {
    ready_ = nullptr;
    std::optional<Morsel> morsel;
    if (ahead_ == nullptr) {
      morsel = query_->take();
      if (morsel) help();
    } else {
      SLUICE_ASSIGN(const DecodeAhead::Next next, ahead_->next());
      ready_ = next.chunks;
      next_ready_ = 0;
      morsel = next.morsel;
    }
    if (morsel) morsel_ = *morsel;
    return morsel || ready_ != nullptr;
  }

  /// The scan's only thread after a whole morsel is the only one that it gets.
  void help() {
    const std::size_t threads = query_->state->threads;
    const bool alone = is_first_ && query_->workers.load() == 1 && ++morsels_ > 1;
    if (!alone || threads < 2 || query_->next_row.load() >= query_->rows) return;
    const std::size_t morsels = (query_->rows - query_->next_row.load()) / kMorselRows + 1;
    ahead_ = std::make_unique<DecodeAhead>(query_, std::min(threads - 1, morsels));
  }

  static void refer(duckdb_data_chunk to, duckdb_data_chunk from) {
    for (idx_t i = 0; i < duckdb_data_chunk_get_column_count(to); ++i) {
      duckdb_vector_reference_vector(duckdb_data_chunk_get_vector(to, i),
                                     duckdb_data_chunk_get_vector(from, i));
    }
    duckdb_data_chunk_set_size(to, duckdb_data_chunk_get_size(from));
  }

  std::shared_ptr<ScanQuery> query_;  ///< DuckDB does not say which of the two it frees first
  ChunkDecoder decoder_;
  bool is_first_;
  int morsels_ = 0;
  Morsel morsel_;                               ///< which this thread decodes itself
  const DecodeAhead::Chunks* ready_ = nullptr;  ///< which others have decoded
  std::size_t next_ready_ = 0;
  std::unique_ptr<DecodeAhead> ahead_;
};

template <class T>
void destroy(void* object) {
  delete static_cast<T*>(object);
}

void add_columns(duckdb_bind_info info) {
  const ScanState& state = *state_of(duckdb_bind_get_extra_info(info));
  for (const ScanColumn& column : state.definition.columns) {
    const TypeHandle type = make_logical_type(column.field.type);
    duckdb_bind_add_result_column(info, column.field.name.c_str(), type.get());
  }
  const std::size_t rows = state.batch == nullptr ? 1 : state.batch->size();
  duckdb_bind_set_cardinality(info, rows, false);
}

void bind_columns(duckdb_bind_info info) {
  inside_callback([&] { add_columns(info); },
                  [&](const char* text) { duckdb_bind_set_error(info, text); });
}

/// Whether scans of a batch decode the same columns: only then do they reject the same records.
void note_columns(ScanQuery& query) {
  ScanState& state = *query.state;
  query.columns.insert(state.checked.begin(), state.checked.end());
  for (const ScanOutput& output : query.decoded) query.columns.insert(output.column->index);
  if (query.is_aside) return;
  const std::lock_guard lock(state.mutex);
  state.needed.insert(query.columns.begin(), query.columns.end());
  if (!state.decoded) {
    state.decoded = query.columns;
  } else if (*state.decoded != query.columns) {
    state.differ = true;
  }
}

void make_query(duckdb_init_info info) {
  auto query = std::make_shared<ScanQuery>();
  query->state = state_of(duckdb_init_get_extra_info(info));
  query->batch = query->state->batch;
  query->generation = query->state->generation;
  query->rows = query->batch == nullptr ? 0 : query->batch->size();
  query->is_aside = query->state->is_aside;
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
  duckdb_init_set_init_data(info, new std::shared_ptr<ScanQuery>(std::move(query)),
                            destroy<std::shared_ptr<ScanQuery>>);
}

void start_query(duckdb_init_info info) {
  inside_callback([&] { make_query(info); },
                  [&](const char* text) { duckdb_init_set_error(info, text); });
}

void start_worker(duckdb_init_info info) {
  inside_callback(
      [&] {
        // The query's init data is not to be had here by name; DuckDB gives it to the function
        // itself.
        duckdb_init_set_init_data(info, new std::unique_ptr<Worker>(),
                                  destroy<std::unique_ptr<Worker>>);
      },
      [&](const char* text) { duckdb_init_set_error(info, text); });
}

void fill(duckdb_function_info info, duckdb_data_chunk chunk) {
  auto& worker = *static_cast<std::unique_ptr<Worker>*>(duckdb_function_get_local_init_data(info));
  if (worker == nullptr) {
    worker = std::make_unique<Worker>(
        *static_cast<std::shared_ptr<ScanQuery>*>(duckdb_function_get_init_data(info)));
  }
  const Status filled = worker->fill(chunk);
  if (!filled) duckdb_function_set_error(info, filled.error().message().c_str());
}

void fill_chunk(duckdb_function_info info, duckdb_data_chunk chunk) {
  inside_callback([&] { fill(info, chunk); },
                  [&](const char* text) { duckdb_function_set_error(info, text); });
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
