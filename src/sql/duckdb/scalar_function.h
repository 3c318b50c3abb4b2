#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

#include <duckdb.h>

#include "sluice/base/result.h"
#include "sql/duckdb/callback.h"
#include "sql/duckdb/duckdb_session.h"
#include "sql/duckdb/handles.h"

namespace sluice::sql {

/// Code of a scalar function that DuckDB may call: made by guarded<> alone.
class ScalarCode {
 public:
  duckdb_scalar_function_t callback() const { return callback_; }

 private:
  template <duckdb_scalar_function_t>
  friend struct Guarded;
  explicit constexpr ScalarCode(duckdb_scalar_function_t code) : callback_(code) {}
  duckdb_scalar_function_t callback_;
};

template <duckdb_scalar_function_t function>
struct Guarded {
  static void call(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
    inside_callback([&] { function(info, input, output); },
                    [&](const char* text) { duckdb_scalar_function_set_error(info, text); });
  }
  static constexpr ScalarCode kCode{&call};
};

/// The function with its exceptions as errors of SQL.
template <duckdb_scalar_function_t function>
// NOLINTNEXTLINE(readability-identifier-naming): it is called as a function would be
inline constexpr ScalarCode guarded = Guarded<function>::kCode;

/// A scalar function of ours on its way into DuckDB.
struct ScalarFunction {
  const char* name;
  std::vector<TypeHandle> arguments;
  TypeHandle returned;
  ScalarCode code;
  bool any_number = false;  ///< further arguments of any type, NULL or not
  bool nulls_too = false;   ///< `code` sees rows with NULL, too; else they are NULL
  void* extra = nullptr;    ///< for `code`; freed with the function
  duckdb_delete_callback_t delete_extra = nullptr;
  // Both take their bodies into inside_callback().
  duckdb_scalar_function_init_t start = nullptr;
  duckdb_scalar_function_bind_t check = nullptr;  ///< when SQL that calls it is bound
};

/// For the whole database of the session.
Status register_function(DuckdbSession& session, const ScalarFunction& function);

std::vector<TypeHandle> types_of(std::initializer_list<duckdb_type> types);

/// The same, of plain types.
Status register_function(DuckdbSession& session, const char* name,
                         std::initializer_list<duckdb_type> arguments, duckdb_type returned,
                         ScalarCode code);

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
