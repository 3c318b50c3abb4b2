#pragma once

#include <string>

#include "sql/tree/ast.h"

namespace sluice::sql {

/// Whether a bound cast (json_serialize_plan) reads JSON into decimals, be they inside a STRUCT,
/// a list or a MAP: DuckDB takes numbers of JSON through a DOUBLE, which has no room for their
/// digits.
bool loses_digits(const Json& bound_cast);

/// The message for such a cast: what is wrong, and what to write instead.
std::string lost_digits(const Json& bound_cast);

}  // namespace sluice::sql
