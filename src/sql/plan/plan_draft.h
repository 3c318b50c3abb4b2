#pragma once

#include <string>

#include "base/result.h"
#include "sql/plan/plan.h"
#include "sql/plan/relations.h"
#include "sql/plan/shard_keys.h"

namespace sluice::sql {

/// A plan while it is made: what each step of the planner reads and adds to.
struct PlanDraft {
  Session& session;
  const PlanRequest& request;
  Relations relations;  ///< of the request, and of what has been planned
  Plan plan;
  ShardKeys shard_keys{request};

  /// Makes the name a temp view of the session.
  Status define(const std::string& name, const std::string& select);
  /// Puts what is known of shards into the plan.
  void note_shards();
};

}  // namespace sluice::sql
