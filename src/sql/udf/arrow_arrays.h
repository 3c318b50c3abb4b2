#pragma once

#include <cstdint>

#include "data/type.h"
#include "sluice/base/result.h"
#include "sluice/function.h"
#include "sql/duckdb/handles.h"

namespace sluice::sql {

/// Fills the vector, of `type`, with the `rows` values of an array that somebody else's code has
/// made. Its buffers are believed to be as long as they must be. kUser: it is no array of such a
/// column, as " gives 3 values for 2 rows".
/// REQUIRES: is_given_type().
Status from_arrow_array(const ArrowArray& array, const data::Type& type, std::uint64_t rows,
                        duckdb_vector vector);

}  // namespace sluice::sql
