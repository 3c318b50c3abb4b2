#pragma once

#include <string>

#include <duckdb.h>

#include "sluice/base/error.h"

namespace sluice::sql {

/// The one place where DuckDB's errors become kinds. The message loses DuckDB's prefix ("Binder
/// Error: ") and keeps the rest, with the `LINE 1: ...` excerpt that shows where it is.
Error make_error(duckdb_error_type type, const std::string& message);

/// As above for calls that give a text only: opening, preparing. The type is found by the prefix.
Error make_error(const std::string& message);

}  // namespace sluice::sql
