#pragma once

#include <memory>
#include <string>

#include <duckdb.h>

namespace sluice::sql {

/// Owners of the handles of DuckDB's C API. Each frees its handle once; none may outlive the
/// connection it came from, except results, chunks and types.
class ResultHandle {
 public:
  ResultHandle() = default;
  ResultHandle(const ResultHandle&) = delete;
  ResultHandle& operator=(const ResultHandle&) = delete;
  ResultHandle(ResultHandle&& other) noexcept : result_(other.result_) { other.result_ = {}; }
  ResultHandle& operator=(ResultHandle&& other) noexcept {
    std::swap(result_, other.result_);
    return *this;
  }
  ~ResultHandle() { duckdb_destroy_result(&result_); }

  duckdb_result* get() { return &result_; }

 private:
  duckdb_result result_{};
};

/// Frees what a handle points to through DuckDB's `destroy(&handle)` functions.
template <class Handle, void (*destroy)(Handle*)>
struct HandleDeleter {
  using pointer = Handle;
  void operator()(Handle handle) const { destroy(&handle); }
};

template <class Handle, void (*destroy)(Handle*)>
using HandleOwner = std::unique_ptr<std::remove_pointer_t<Handle>, HandleDeleter<Handle, destroy>>;

using DatabaseHandle = HandleOwner<duckdb_database, duckdb_close>;
using ConnectionHandle = HandleOwner<duckdb_connection, duckdb_disconnect>;
using ConfigHandle = HandleOwner<duckdb_config, duckdb_destroy_config>;
using ExtractedHandle = HandleOwner<duckdb_extracted_statements, duckdb_destroy_extracted>;
using PreparedHandle = HandleOwner<duckdb_prepared_statement, duckdb_destroy_prepare>;
using PendingHandle = HandleOwner<duckdb_pending_result, duckdb_destroy_pending>;
using ChunkHandle = HandleOwner<duckdb_data_chunk, duckdb_destroy_data_chunk>;
using TypeHandle = HandleOwner<duckdb_logical_type, duckdb_destroy_logical_type>;
using TableFunctionHandle = HandleOwner<duckdb_table_function, duckdb_destroy_table_function>;
using CastFunctionHandle = HandleOwner<duckdb_cast_function, duckdb_destroy_cast_function>;
using ScalarFunctionHandle = HandleOwner<duckdb_scalar_function, duckdb_destroy_scalar_function>;

/// Takes over a text that DuckDB allocated; empty when it is null.
inline std::string take_text(char* text) {
  if (text == nullptr) return {};
  std::string copy(text);
  duckdb_free(text);
  return copy;
}

}  // namespace sluice::sql
