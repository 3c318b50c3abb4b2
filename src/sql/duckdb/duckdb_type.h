#pragma once

#include "data/type.h"
#include "sql/duckdb/handles.h"

namespace sluice::sql {

/// DuckDB's type for one of ours. kOther is not possible here: no record holds one.
TypeHandle make_logical_type(const data::Type& type);

/// Our type for one of DuckDB's; what we have no name for is kOther with DuckDB's name.
data::Type read_logical_type(duckdb_logical_type type);

}  // namespace sluice::sql
