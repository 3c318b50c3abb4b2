#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "sluice/base/result.h"
#include "sql/aggregate/aggregate_calls.h"
#include "sql/aggregate/aggregate_state.h"
#include "sql/aggregate/group_keys.h"
#include "sql/view/view_plan.h"

namespace sluice::sql {

/// The side tables of an aggregate view's state, `state."<view>__values"` and the like, and the
/// statements that keep them. They hold the keys as the rows have them: a session_window() key is
/// the row's own [time, time + gap), and is found again inside the session that it is part of.
class ValueTables {
 public:
  /// All must outlive it.
  ValueTables(const StateTable& table, const GroupKeys& keys, const AggregateCalls& calls)
      : table_(table), keys_(keys), calls_(calls) {}

  bool empty() const { return calls_.sets().empty(); }

  /// In the schema `state`.
  std::vector<std::string> names() const;

  /// CREATE TABLE IF NOT EXISTS ...; the batch's input must be there, with or without rows.
  std::string create() const;

  /// Takes in the rows of the batch's input; not those for which `late` ("": none) is true.
  std::vector<Step> insert(const std::string& late) const;

  /// Gives up what belongs to groups that are final; `close` as of EventScope.
  std::vector<std::string> evict(const std::string& close) const;

  /// `from` (a FROM of the state's columns, named s) with the calls' results beside them, or
  /// without rows, which needs no state to bind.
  std::string with_results(const std::string& from) const;
  std::string with_no_results(const std::string& from) const;

  /// Appends the types of the results.
  Status find_types(Session& session, std::vector<std::string>& types) const;

  /// For the fingerprint.
  Result<std::string> shape(Session& session) const;

 private:
  std::string name(const ValueSet& set) const;
  std::string columns(const ValueSet& set) const;
  std::string kept(const ValueSet& set, const std::string& late) const;
  std::string insert_distinct(const ValueSet& set, const std::string& late) const;
  std::string belongs() const;
  std::string aggregated(const ValueSet& set, const std::string& from) const;

  const StateTable& table_;
  const GroupKeys& keys_;
  const AggregateCalls& calls_;
};

/// " WHERE condition", or "" without one.
std::string where(const std::string& condition);

/// "GROUP BY k1, k2" or "GROUP BY GROUPING SETS (...)" over key columns, or "" without keys;
/// `prefix` ("s.") comes before each.
std::string group_by(const GroupKeys& keys, const std::string& prefix);

/// "GROUPING(k1, k2)".
std::string grouping_of_all(const GroupKeys& keys);

}  // namespace sluice::sql
