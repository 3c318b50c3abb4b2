#pragma once

#include <string_view>
#include <vector>

#include "sql/tree/ast.h"

namespace sluice::sql {

/// Whether `name` (lower case) is an aggregate of DuckDB's, or a macro of DuckDB's made of one
/// (geomean, weighted_avg ...). A list, since asking DuckDB takes 100 ms; its test asks.
bool is_aggregate(std::string_view name);

/// The outermost aggregate calls in `expression`, in order; window functions are none.
std::vector<const Json*> find_aggregates(const Json& expression);

}  // namespace sluice::sql
