#include "sql/functions/decimal_function.h"

#include <cstdint>

#include "formats/number_writer.h"
#include "sql/duckdb/duckdb_type.h"
#include "sql/duckdb/duckdb_vector.h"
#include "sql/duckdb/scalar_function.h"

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
  const data::VectorReader values = read_vector(decimals, read_logical_type(type.get()));
  char text[formats::kDecimalTextMax];
  for (idx_t row = 0; row < duckdb_data_chunk_get_size(input); ++row) {
    if (values.is_null(row)) {
      set_null(output, row);
      continue;
    }
    const std::size_t bytes = formats::write_decimal(text, values.at<formats::Int128>(row), scale);
    set_bytes(output, row, {text, bytes});
  }
}

}  // namespace

Status register_decimal_function(DuckdbSession& session) {
  // DuckDB's C API has no type for all decimals.
  return register_function(session, "sluice_decimal_text", {DUCKDB_TYPE_ANY}, DUCKDB_TYPE_VARCHAR,
                           guarded<write_texts>);
}

bool has_fast_text(const data::Type& type) {
  return type.id() == data::TypeId::kDecimal && type.width() > kShortDigitsMax &&
         type.width() > type.scale();
}

}  // namespace sluice::sql
