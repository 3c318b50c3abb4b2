#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sluice/base/result.h"
#include "sql/aggregate/batch_input.h"
#include "sql/tree/ast.h"

namespace sluice::sql {

/// What a call on a side table gives.
struct ValueResult {
  std::string name;
  std::string text;  ///< aggregate over the side table, there named `v`
};

/// A side table of an aggregate view's state, and the calls that are computed from it: one row per
/// input row, in the order of arrival, or one per different value.
struct ValueSet {
  std::string part;                  ///< of the table's name: "values", "distinct_2"
  bool distinct = false;             ///< has each row once; else a column __seq numbers the rows
  std::vector<std::string> columns;  ///< of BatchInput, quoted, beside the keys
  std::string condition;             ///< over those of BatchInput: which rows are kept; "": all
  std::vector<ValueResult> results;
};

/// The aggregate calls that need all values, or all different ones, of a key.
class ValueCalls {
 public:
  /// What to do instead of DuckDB's aggregate `name`, whose value cannot be had from the values at
  /// any time; "" when it can.
  static std::string_view why_not(std::string_view name);

  /// Takes up a call whose result is the column `result`. `regroups`: rows of the side table with
  /// different keys come into one group (grouping sets, sessions), where their values may be equal.
  Status add(const Json& call, const std::string& result, bool regroups, Session& session,
             BatchInput& input);

  const std::vector<ValueSet>& sets() const { return sets_; }
  bool empty() const { return sets_.empty(); }

 private:
  ValueSet& rows();
  ValueSet& distinct_values(const std::vector<std::string>& columns, const std::string& condition);
  Status add_distinct(Json call, const std::string& result, bool regroups, Session& session,
                      BatchInput& input);

  std::vector<ValueSet> sets_;
  bool keeps_every_row_ = false;  ///< some call on rows() has no FILTER
};

}  // namespace sluice::sql
