#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/type.h"

namespace sluice::sql {

/// One column of an aggregate's state. In the texts, {x} and {y} are the call's arguments, {filter}
/// is ` FILTER (WHERE ...)` or nothing, {and} is ` AND (...)` or nothing; {s} and {p} are this
/// column in the state and in the batch's partial result, {s.name} and {p.name} another part's.
struct AggregatePart {
  std::string_view name;     ///< "" when the aggregate has one part
  std::string_view partial;  ///< aggregates the rows of a batch
  std::string_view merge;    ///< folds a batch's value into the state's
};

/// How one aggregate function runs incrementally: what it keeps, how two of those become one, and
/// what its value is. A function is possible when it has a row in the table, and not otherwise.
struct AggregateFunction {
  std::vector<std::string_view>
      names;  ///< lower case; the first is its own, the others are aliases
  std::size_t arguments;
  std::vector<AggregatePart> parts;
  /// The value from the state; {name} is a part's column. Empty: the only part, as it is.
  std::string_view final;
};

/// The row of `name` (lower case), or null.
const AggregateFunction* find_aggregate(std::string_view name);

/// "avg, bool_and, count ..." of the first names: for messages.
std::string supported_aggregates();

/// What to write instead of a function that has no row, or "".
std::string_view aggregate_advice(std::string_view name);

}  // namespace sluice::sql
