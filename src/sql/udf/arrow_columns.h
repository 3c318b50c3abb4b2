#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "data/type.h"
#include "sluice/base/result.h"
#include "sql/duckdb/handles.h"
#include "sql/duckdb/scalar_function.h"
#include "sql/udf/user_function.h"

namespace sluice::sql {

/// The buffers of one Arrow array, in Arrow's order: validity (empty: nothing is NULL), then
/// values, or offsets and values. They point into memory that somebody else keeps, or into `made`.
struct ArrowColumn {
  struct Buffer {
    const void* data = nullptr;
    std::size_t size = 0;
  };
  std::vector<Buffer> buffers;
  std::vector<std::vector<char>> made;
};

/// How DuckDB declares it; rows with NULL go to `code`, too.
ScalarFunction declaration_of(const UserFunction& function, ScalarCode code);

/// The Arrow type of a column, as worker.py reads it: "int64", "decimal(18,2)", "timestamptz".
/// REQUIRES: is_arrow_type().
std::string arrow_name(const data::Type& type);

/// How many buffers a column of this type has.
int arrow_buffers(const data::Type& type);

/// The first `rows` values of a flat vector of `type`. What DuckDB has as Arrow has it is not
/// copied. kUser: texts of more than 2 GiB.
Result<ArrowColumn> to_arrow(duckdb_vector vector, const data::Type& type, std::uint64_t rows);

/// Fills the vector, of `type`, with `rows` values from buffers of these lengths, one after the
/// other in `bytes`. kUser: the lengths are not those of such a column.
Status from_arrow(const std::vector<std::size_t>& lengths, std::string_view bytes,
                  const data::Type& type, std::uint64_t rows, duckdb_vector vector);

/// The same from buffers that are as long as they must be; the first is null where nothing is NULL.
/// REQUIRES: there are arrow_buffers() of them.
Status from_arrow_buffers(const std::vector<const void*>& buffers, const data::Type& type,
                          std::uint64_t rows, duckdb_vector vector);

}  // namespace sluice::sql
