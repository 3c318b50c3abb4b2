#pragma once

#include <cstdint>

#include "data/type.h"
#include "data/vector_writer.h"
#include "sql/duckdb/handles.h"

namespace sluice::sql {

/// A writer for vectors of `type`, its children made; it points nowhere until aim_writer().
data::VectorWriter make_writer(const data::Type& type);

/// Points `writer` at `vector` (of its type) and its children at the vector's: nothing written yet.
void aim_writer(data::VectorWriter& writer, duckdb_vector vector, const data::Type& type);

/// Sets for DuckDB how many elements the lists in `writer` got, at every depth.
void finish_writer(const data::VectorWriter& writer, const data::Type& type);

}  // namespace sluice::sql
