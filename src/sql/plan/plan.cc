#include "sql/plan/plan.h"

#include "sql/plan/planner.h"

namespace sluice::sql {

const ViewPlan* Plan::find(std::string_view name) const {
  for (const ViewPlan& view : views) {
    if (view.name == name) return &view;
  }
  return nullptr;
}

Result<Plan> make_plan(Session& session, const PlanRequest& request) {
  return Planner(session, request).make();
}

}  // namespace sluice::sql
