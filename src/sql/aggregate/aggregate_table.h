#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/type.h"

namespace sluice::sql {

/// One column of an aggregate's state. In the texts, {x} and {y} are the call's arguments, {order}
/// is what follows its ORDER BY and {sort_key} a value that sorts that way; {filter} is
/// ` FILTER (WHERE ...)` or nothing, {and} is ` AND (...)` or nothing; {s} and {p} are this column
/// in the state and in the batch's partial result, {s.name} and {p.name} another part's.
struct AggregatePart {
  std::string_view name;     ///< "" when the aggregate has one part
  std::string_view partial;  ///< aggregates the rows of a batch
  std::string_view merge;    ///< folds a batch's value into the state's
};

/// How one aggregate function runs incrementally: what it keeps, how two of those become one, and
/// what its value is. For functions without a row all values are kept (value_calls.h).
struct AggregateFunction {
  std::vector<std::string_view>
      names;  ///< lower case; the first is its own, the others are aliases
  std::size_t arguments;
  std::vector<AggregatePart> parts;
  /// The value from the state; {name} is a part's column. Empty: the only part, as it is.
  std::string_view final;
};

/// How a call is written, as far as the function's row depends on it.
enum class CallForm : unsigned char {
  kPlain,
  kOrdered,  ///< with ORDER BY, where that changes the value
  kTop,      ///< min(x, n) and max(x, n): the n least or greatest
};

/// The row of `name` (lower case) for calls of that form, or null.
const AggregateFunction* find_aggregate(std::string_view name, CallForm form = CallForm::kPlain);

}  // namespace sluice::sql
