#include "sql/plan.h"

#include <string>

#include "sql/planner.h"

namespace sluice::sql {

using connector::OutputMode;
using data::quote_identifier;

const ViewPlan* Plan::find(std::string_view name) const {
  for (const ViewPlan& view : views) {
    if (view.name == name) return &view;
  }
  return nullptr;
}

std::string ViewPlan::rows(OutputMode mode) const {
  const std::string& own = mode == OutputMode::kAppend   ? append
                           : mode == OutputMode::kUpdate ? update
                                                         : complete;
  return own.empty() ? "SELECT * FROM " + quote_identifier(name) : own;
}

Result<Plan> make_plan(Session& session, const PlanRequest& request) {
  return Planner(session, request).make();
}

}  // namespace sluice::sql
