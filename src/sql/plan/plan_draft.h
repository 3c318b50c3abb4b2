#pragma once

#include <string>
#include <vector>

#include "sluice/base/result.h"
#include "sql/plan/plan.h"
#include "sql/plan/relations.h"
#include "sql/plan/shard_keys.h"
#include "sql/view/kept_rows.h"

namespace sluice::sql {

/// A plan while it is made: what each step of the planner reads and adds to.
struct PlanDraft {
  Session& session;
  const PlanRequest& request;
  Relations relations;  ///< of the request, and of what has been planned
  Plan plan;
  ShardKeys shard_keys{request};
  KeptByView* kept = nullptr;  ///< gets what views keep; null: nobody asks

  /// Where what the view keeps is noted; null: nowhere.
  std::vector<KeptRows>* kept_of(const std::string& view) const {
    return kept == nullptr ? nullptr : &(*kept)[view];
  }

  /// Makes the name a temp view of the session.
  Status define(const std::string& name, const std::string& select);
  /// Puts what is known of shards into the plan.
  void note_shards();
};

}  // namespace sluice::sql
