#pragma once

#include <cstdint>
#include <exception>
#include <initializer_list>
#include <string_view>
#include <vector>

#include <duckdb.h>

#include "base/result.h"
#include "sql/duckdb/duckdb_session.h"
#include "sql/duckdb/handles.h"

namespace sluice::sql {

/// A scalar function of ours on its way into DuckDB.
struct ScalarFunction {
  const char* name;
  std::vector<TypeHandle> arguments;
  TypeHandle returned;
  duckdb_scalar_function_t code;
  bool any_number = false;  ///< further arguments of any type, NULL or not
  void* extra = nullptr;    ///< for `code`; freed with the function
  duckdb_delete_callback_t delete_extra = nullptr;
  duckdb_scalar_function_init_t start = nullptr;
  duckdb_scalar_function_bind_t check = nullptr;  ///< when SQL that calls it is bound
};

/// For the whole database of the session.
Status register_function(DuckdbSession& session, const ScalarFunction& function);

std::vector<TypeHandle> types_of(std::initializer_list<duckdb_type> types);

/// The same, of plain types.
Status register_function(DuckdbSession& session, const char* name,
                         std::initializer_list<duckdb_type> arguments, duckdb_type returned,
                         duckdb_scalar_function_t code);

/// The function with its exceptions as errors of SQL: none may cross into DuckDB.
template <duckdb_scalar_function_t function>
void guarded(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  try {
    function(info, input, output);
  } catch (const std::exception& failure) {
    duckdb_scalar_function_set_error(info, failure.what());
  }
}

/// A VARCHAR or BLOB, which lives as long as the vector.
inline std::string_view bytes_at(duckdb_vector vector, std::uint64_t row) {
  auto& value = static_cast<duckdb_string_t*>(duckdb_vector_get_data(vector))[row];
  return {duckdb_string_t_data(&value), duckdb_string_t_length(value)};
}

inline bool is_null(duckdb_vector vector, std::uint64_t row) {
  std::uint64_t* const validity = duckdb_vector_get_validity(vector);
  return validity != nullptr && ((validity[row / 64] >> (row % 64)) & 1) == 0;
}

inline void set_null(duckdb_vector vector, std::uint64_t row) {
  duckdb_vector_ensure_validity_writable(vector);
  duckdb_validity_set_row_invalid(duckdb_vector_get_validity(vector), row);
}

inline void set_bytes(duckdb_vector vector, std::uint64_t row, std::string_view bytes) {
  duckdb_vector_assign_string_element_len(vector, row, bytes.data(), bytes.size());
}

}  // namespace sluice::sql
