#include "sql/decimal_function.h"

#include <cstdint>

#include "sql/duckdb_type.h"
#include "sql/number_text.h"
#include "sql/value_text.h"

namespace sluice::sql {
namespace {

/// Decimals of more digits are 128-bit integers in DuckDB.
constexpr int kShortDigitsMax = 18;

void write_texts(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  const duckdb_vector decimals = duckdb_data_chunk_get_vector(input, 0);
  const TypeHandle type(duckdb_vector_get_column_type(decimals));
  if (duckdb_get_type_id(type.get()) != DUCKDB_TYPE_DECIMAL ||
      duckdb_decimal_width(type.get()) <= kShortDigitsMax) {
    duckdb_scalar_function_set_error(info, "sluice_decimal_text takes DECIMALs of 19 to 38 digits");
    return;
  }
  const int scale = duckdb_decimal_scale(type.get());
  const auto* values = static_cast<const duckdb_hugeint*>(duckdb_vector_get_data(decimals));
  char text[kDecimalTextMax];
  for (idx_t row = 0; row < duckdb_data_chunk_get_size(input); ++row) {
    if (is_null(decimals, row)) {
      duckdb_vector_ensure_validity_writable(output);
      duckdb_validity_set_row_invalid(duckdb_vector_get_validity(output), row);
      continue;
    }
    const auto value = static_cast<__int128>(
        (static_cast<unsigned __int128>(values[row].upper) << 64) | values[row].lower);
    const std::size_t bytes = write_decimal(text, value, scale);
    duckdb_vector_assign_string_element_len(output, row, text, bytes);
  }
}

}  // namespace

Status register_decimal_function(DuckdbSession& session) {
  const ScalarFunctionHandle function(duckdb_create_scalar_function());
  // DuckDB's C API has no type for all decimals.
  const TypeHandle any(duckdb_create_logical_type(DUCKDB_TYPE_ANY));
  const TypeHandle text(duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR));
  duckdb_scalar_function_set_name(function.get(), "sluice_decimal_text");
  duckdb_scalar_function_add_parameter(function.get(), any.get());
  duckdb_scalar_function_set_return_type(function.get(), text.get());
  duckdb_scalar_function_set_function(function.get(), write_texts);
  if (duckdb_register_scalar_function(session.connection(), function.get()) != DuckDBSuccess) {
    return internal_error("DuckDB does not take the function name=sluice_decimal_text");
  }
  return {};
}

bool has_fast_text(const data::Type& type) {
  return type.id() == data::TypeId::kDecimal && type.width() > kShortDigitsMax &&
         type.width() > type.scale();
}

}  // namespace sluice::sql
