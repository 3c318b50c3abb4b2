#include "sql/plan/plan_draft.h"

#include "data/type.h"

namespace sluice::sql {

Status PlanDraft::define(const std::string& name, const std::string& select) {
  return session.execute("CREATE OR REPLACE TEMP VIEW " + data::quote_identifier(name) + " AS " +
                         select);
}

void PlanDraft::note_shards() {
  for (const auto& [name, declared] : relations.names()) {
    auto columns = shard_keys.columns_of(declared);
    if (!columns.empty()) plan.shard_keys[declared] = std::move(columns);
  }
  for (const ViewPlan& view : plan.views) {
    if (relations.is_static(view.name)) plan.same_in_all_shards.insert(view.name);
  }
}

}  // namespace sluice::sql
