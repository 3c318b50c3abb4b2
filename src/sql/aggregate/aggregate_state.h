#pragma once

#include <string>
#include <vector>

#include "sluice/base/result.h"
#include "sql/aggregate/aggregate_calls.h"
#include "sql/duckdb/database.h"
#include "sql/tree/ast.h"

namespace sluice::sql {

/// The state table of an aggregate view, `state."<view>"`, and the statements that keep it: one
/// column a key, then the aggregates' columns; one row a key, or exactly one without keys. NULL is
/// a key like any other.
class StateTable {
 public:
  static Result<StateTable> make(Session& session, const std::string& view,
                                 std::vector<StateColumn> keys,
                                 std::vector<StateColumn> aggregates);

  /// Keys, then aggregates.
  const std::vector<StateColumn>& columns() const { return columns_; }
  std::size_t keys() const { return keys_; }
  const std::string& view() const { return view_; }
  std::string partial_name() const { return "__partial_" + view_; }

  /// Learns the columns' types by binding `partial`. The error is DuckDB's message.
  Status find_types(Session& session, const std::string& partial);
  std::vector<std::string> aggregate_types() const;

  /// CREATE TABLE IF NOT EXISTS; without keys also the one row of an empty input.
  std::string create(const std::string& empty_partial) const;
  std::string merge() const;

  /// What follows FROM in the final SELECT: the rows that meet `condition` ("": all), those
  /// of the batch's keys that do, or columns without rows, which need no table to bind. Conditions
  /// are over the key columns' plain names.
  std::string whole(const std::string& condition = "") const;
  std::string changed(const std::string& condition = "") const;
  std::string stand_in() const;

  /// Qualified and quoted: the state, and the batch's partial result.
  const std::string& table() const { return table_; }
  std::string partial_table() const;
  /// Another table of the same view's state, `state."<view>__<part>"`.
  std::string side_table(const std::string& part) const;

  /// Condition: `__s` (state) and `__p` (partial result) have the same keys; all but number
  /// `except`.
  std::string same_key(std::size_t except = std::string::npos) const;

  /// "SellerID INTEGER, __sum_1 DECIMAL(38,12)".
  std::string shape() const;

 private:
  std::string view_;
  std::string schema_;  ///< of the state
  std::string table_;   ///< qualified by the catalog: a file state.db makes plain `state` ambiguous
  std::size_t keys_ = 0;
  std::vector<StateColumn> columns_;
};

/// The tree of what follows FROM.
Result<Json> parse_from(Session& session, const std::string& from);

}  // namespace sluice::sql
