#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "sluice/base/result.h"
#include "sql/plan/plan.h"
#include "sql/plan/relations.h"
#include "sql/view/event_time.h"
#include "sql/view/stream_check.h"

namespace sluice::sql {

/// A view on its way into the plan of a shard.
struct ShardView {
  Session& session;
  const ViewSql& sql;
  const ViewPlan& plan;  ///< with its name, inputs and bound schema
  StreamUse use;
  const Relations& relations;
};

/// Which columns of each relation have the values by which its rows are partitioned, so that rows
/// with equal ones are in one shard (docs/decisions/0032-shards.md). A key's columns are followed
/// through SQL one by one, as event times are: as plain columns, under whatever name.
class ShardKeys {
 public:
  /// Of the request's sources; nothing is known when it is of no shard.
  explicit ShardKeys(const PlanRequest& request);

  /// Refuses a view whose state is over rows of several shards (kUser, with its place), and notes
  /// the columns of its result.
  Status follow(const ShardView& view);
  /// `to` has the rows of `from`.
  void pass_on(const std::string& from, const std::string& to);

  /// For each column of the key those of the relation that have it; empty: it has no key.
  std::vector<std::set<std::string>> columns_of(const std::string& relation) const;

 private:
  std::size_t size_of(const std::vector<std::string>& inputs, const Relations& relations) const;
  Status check(const ShardView& view, std::size_t size) const;
  Status check_groups(const ShardView& view, std::size_t size) const;
  Status check_distinct(const ShardView& view, std::size_t size) const;
  Status check_join(const ShardView& view, std::size_t size) const;
  Result<EventTimes> result_of(const ShardView& view, std::size_t position) const;
  Error refusal(const ShardView& view, const Json& place, const std::string& what) const;

  std::vector<EventTimesByName> columns_;     // by position in the key
  std::map<std::string, std::size_t> sizes_;  // of the keys of relations that have one, lower case
};

}  // namespace sluice::sql
