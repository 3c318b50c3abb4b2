#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "sql/aggregate_table.h"
#include "sql/ast.h"
#include "sql/view_sql.h"

namespace sluice::sql {

/// A column of an aggregate view's state table.
struct StateColumn {
  std::string name;
  std::string partial;  ///< SQL over the view's input
  std::string merge;    ///< SQL over `s` (state) and `p` (partial); empty for a key
  std::string type;     ///< DuckDB's text of it; known once the partial SELECT is bound
};

/// The different aggregate calls of one view. A call that stands there twice is kept once.
class AggregateCalls {
 public:
  AggregateCalls(Session& session, const ViewSql& view) : session_(session), view_(view) {}

  /// Takes up a call; returns its number. kUser when it has no incremental form.
  Result<std::size_t> add(const Json& call);

  /// Columns of all calls, in order.
  const std::vector<StateColumn>& columns() const { return columns_; }

  /// SQL of a call's value over the state's columns, whose `types` are in the order of columns().
  std::string value(std::size_t call, const std::vector<std::string>& types) const;

  /// Some call gives Spark's type and not DuckDB's: sums of integers and counts that are no count()
  /// are BIGINT.
  bool has_own_types(const std::vector<std::string>& types) const;

 private:
  struct Call {
    Json tree;  ///< canonical
    const AggregateFunction* function;
    std::string text;  ///< as the user may have written it, for messages
    std::string prefix;
    std::size_t first_column;
  };

  /// SQL of what a call is made of.
  struct Texts {
    std::vector<std::string> arguments;
    std::string condition;  ///< of FILTER, or ""
    std::string order;      ///< what stands behind ORDER BY
    std::string sort_key;   ///< value that sorts as `order` does
  };

  Result<const AggregateFunction*> find(const Json& call) const;
  Result<Texts> texts_of(const Json& call) const;

  Session& session_;
  const ViewSql& view_;
  std::vector<Call> calls_;
  std::vector<StateColumn> columns_;
};

}  // namespace sluice::sql
