#pragma once

#include <string>

#include "data/type.h"
#include "sluice/base/result.h"
#include "sql/duckdb/duckdb_session.h"

namespace sluice::sql {

/// Registers, for the whole database, sluice_decimal_text(DECIMAL) -> VARCHAR: what CAST gives,
/// exactly, in a tenth of the time where the decimal has more than 18 digits.
Status register_decimal_function(DuckdbSession& session);

/// Whether sluice_decimal_text takes a value of `type`, and is worth it.
bool has_fast_text(const data::Type& type);

}  // namespace sluice::sql
