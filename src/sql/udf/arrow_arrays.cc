#include "sql/udf/arrow_arrays.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/check.h"
#include "sql/duckdb/scalar_function.h"
#include "sql/udf/arrow_columns.h"
#include "sql/udf/user_function.h"

namespace sluice::sql {
namespace {

using data::Type;
using data::TypeId;

bool is_null_at(const ArrowArray& array, std::uint64_t row) {
  if (array.null_count == 0 || array.buffers[0] == nullptr) return false;
  return ((static_cast<const std::uint8_t*>(array.buffers[0])[row / 8] >> (row % 8)) & 1U) == 0;
}

Status fill(const ArrowArray& array, const Type& type, std::uint64_t rows, duckdb_vector vector);

Error another_type(const Type& type) {
  return user_error(" gives a column of another type than " + type.to_string());
}

Error wrong_length(const ArrowArray& array, std::uint64_t rows) {
  return user_error(" gives " + std::to_string(array.length) + " values from offset " +
                    std::to_string(array.offset) + " on for " + std::to_string(rows) + " rows");
}

/// Of lists or structs; it may have more values than they use.
Status fill_child(const ArrowArray& array, const Type& type, std::uint64_t rows,
                  duckdb_vector vector) {
  if (array.length < static_cast<std::int64_t>(rows) || array.offset != 0) {
    return wrong_length(array, rows);
  }
  return fill(array, type, rows, vector);
}

/// Of a STRUCT that is NULL, its fields are, too.
void set_null_deep(duckdb_vector vector, const Type& type, std::uint64_t row) {
  set_null(vector, row);
  if (type.id() == TypeId::kList) {
    static_cast<duckdb_list_entry*>(duckdb_vector_get_data(vector))[row] = {0, 0};
  }
  if (type.id() != TypeId::kStruct) return;
  for (std::size_t i = 0; i < type.children().size(); ++i) {
    set_null_deep(duckdb_struct_vector_get_child(vector, i), type.children()[i].type, row);
  }
}

Status fill_list(const ArrowArray& array, const Type& type, std::uint64_t rows,
                 duckdb_vector vector) {
  if (array.n_buffers != 2 || array.n_children != 1) return another_type(type);
  const Type& element = type.children()[0].type;
  const auto* const ends = static_cast<const std::int32_t*>(array.buffers[1]);
  if (ends == nullptr) return another_type(type);
  auto* const entries = static_cast<duckdb_list_entry*>(duckdb_vector_get_data(vector));
  for (std::uint64_t row = 0; row < rows; ++row) {
    if (ends[row] < 0 || ends[row + 1] < ends[row]) {
      return user_error(" gives lists whose offsets go backwards");
    }
    entries[row] = {static_cast<std::uint64_t>(ends[row]),
                    static_cast<std::uint64_t>(ends[row + 1] - ends[row])};
    if (is_null_at(array, row)) set_null_deep(vector, type, row);
  }
  const auto elements = static_cast<std::uint64_t>(ends[rows]);
  SLUICE_CHECK(duckdb_list_vector_reserve(vector, elements) == DuckDBSuccess);
  SLUICE_CHECK(duckdb_list_vector_set_size(vector, elements) == DuckDBSuccess);
  return fill_child(*array.children[0], element, elements, duckdb_list_vector_get_child(vector));
}

Status fill_struct(const ArrowArray& array, const Type& type, std::uint64_t rows,
                   duckdb_vector vector) {
  const std::vector<data::Field>& fields = type.children();
  if (array.n_buffers != 1 || array.n_children != static_cast<std::int64_t>(fields.size())) {
    return another_type(type);
  }
  for (std::size_t i = 0; i < fields.size(); ++i) {
    SLUICE_TRY(fill_child(*array.children[i], fields[i].type, rows,
                          duckdb_struct_vector_get_child(vector, i)));
  }
  for (std::uint64_t row = 0; row < rows; ++row) {
    if (is_null_at(array, row)) set_null_deep(vector, type, row);
  }
  return {};
}

Status fill(const ArrowArray& array, const Type& type, std::uint64_t rows, duckdb_vector vector) {
  if (array.buffers == nullptr) return another_type(type);
  if (type.id() == TypeId::kList) return fill_list(array, type, rows, vector);
  if (type.id() == TypeId::kStruct) return fill_struct(array, type, rows, vector);
  if (array.n_buffers != arrow_buffers(type)) return another_type(type);
  std::vector<const void*> buffers(array.buffers, array.buffers + array.n_buffers);
  if (array.null_count == 0) buffers[0] = nullptr;
  auto filled = from_arrow_buffers(buffers, type, rows, vector);
  return filled ? Status() : user_error(" " + filled.error().message());
}

}  // namespace

bool is_given_type(const Type& type) {
  if (type.id() != TypeId::kList && type.id() != TypeId::kStruct) return is_arrow_type(type);
  return std::ranges::all_of(type.children(), is_given_type, &data::Field::type);
}

Status from_arrow_array(const ArrowArray& array, const Type& type, std::uint64_t rows,
                        duckdb_vector vector) {
  if (array.length != static_cast<std::int64_t>(rows) || array.offset != 0) {
    return wrong_length(array, rows);
  }
  return fill(array, type, rows, vector);
}

}  // namespace sluice::sql
