#pragma once

#include <string>
#include <vector>

#include "sluice/base/result.h"
#include "sql/aggregate/aggregate_table.h"
#include "sql/aggregate/batch_input.h"
#include "sql/aggregate/group_keys.h"
#include "sql/aggregate/value_calls.h"
#include "sql/tree/ast.h"
#include "sql/tree/view_sql.h"

namespace sluice::sql {

/// A column of an aggregate view's state table.
struct StateColumn {
  std::string name;
  std::string partial;  ///< SQL over the view's input
  std::string merge;    ///< SQL over `__s` (state) and `__p` (partial); empty for a key
  std::string type;     ///< DuckDB's text of it; known once the partial SELECT is bound
};

/// The different aggregate calls of one view. A call that is there twice is kept once. Those of
/// a fixed size have columns in the state table, the others rows in side tables.
class AggregateCalls {
 public:
  AggregateCalls(Session& session, const ViewSql& view)
      : session_(session), view_(view), input_(session, view) {}

  /// Takes up a call; returns its number. kUser when it has no incremental form.
  Result<std::size_t> add(const Json& call);

  /// To be called once, when all calls are there. What follows speaks of all of them.
  Status finish(const GroupKeys& keys);

  /// Whether columns() and sets() read the rows of the batch from input() and not from the view's
  /// own FROM.
  bool reads_input() const { return grouping_sets_ || !values_.empty(); }
  const BatchInput& input() const { return input_; }

  /// Columns of the calls of a fixed size, in order; and the side tables of the others.
  const std::vector<StateColumn>& columns() const { return columns_; }
  const std::vector<ValueSet>& sets() const { return values_.sets(); }

  /// SQL of a call's value over the state's columns and the sets' results, whose `types` are in
  /// this order.
  std::string value(std::size_t call, const std::vector<std::string>& types) const;

  /// Some call gives Spark's type and not DuckDB's: sums of integers and counts that are not
  /// count() are BIGINT.
  bool has_own_types(const std::vector<std::string>& types) const;

  /// The state holds values of hash(), which may be others in another version of DuckDB.
  bool keeps_hashes() const;

 private:
  struct Call {
    Json call;
    Json tree;                          ///< canonical
    const AggregateFunction* function;  ///< null: computed from a side table
    std::string text;                   ///< as the user may have written it, for messages
    std::string prefix;                 ///< of its columns in the state, or its result's name
    std::size_t first_column = std::string::npos;  ///< its first one's place among the types
  };

  /// SQL of what a call is made of.
  struct Texts {
    std::vector<std::string> arguments;
    std::string condition;  ///< of FILTER, or ""
    std::string order;      ///< what follows ORDER BY
    std::string sort_key;   ///< value that sorts as `order` does
  };

  static const AggregateFunction* find(const Json& call);
  Result<std::string> text_of(const Json& expression);
  Result<Texts> texts_of(const Json& call);
  Status add_columns(Call& call);

  Session& session_;
  const ViewSql& view_;
  BatchInput input_;
  ValueCalls values_;
  bool grouping_sets_ = false;
  std::vector<Call> calls_;
  std::vector<StateColumn> columns_;
};

}  // namespace sluice::sql
