#pragma once

#include <cstdint>

#include "data/type.h"
#include "data/vector_reader.h"
#include "data/vector_writer.h"
#include "sql/duckdb/handles.h"

namespace sluice::sql {

/// A writer for vectors of `type`, its children made; it points nowhere until aim_writer().
data::VectorWriter make_writer(const data::Type& type);

/// Points `writer` at `vector` (of its type) and its children at the vector's: nothing written yet.
void aim_writer(data::VectorWriter& writer, duckdb_vector vector, const data::Type& type);

/// Sets for DuckDB how many elements the lists in `writer` got, at every depth.
void finish_writer(const data::VectorWriter& writer, const data::Type& type);

/// A reader for vectors of `type`, its children made; it points nowhere until aim_reader().
data::VectorReader make_reader(const data::Type& type);

/// Points `reader` at `vector` (of its type) and its children at the vector's. The memory is the
/// vector's. REQUIRES: the vector comes from a fetched chunk or is an argument of a function: the C
/// API makes those flat. Of a type without a name here (kOther) only NULLs can be seen.
void aim_reader(data::VectorReader& reader, duckdb_vector vector, const data::Type& type);

/// Both.
data::VectorReader read_vector(duckdb_vector vector, const data::Type& type);

}  // namespace sluice::sql
