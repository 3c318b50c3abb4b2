#include "sql/plan/rows_before.h"

#include <map>
#include <string>
#include <utility>

#include "sql/plan/other_rows.h"
#include "sql/tree/ast.h"

namespace sluice::sql {

Status add_rows_before(PlanDraft& draft, const ViewNode& node, ViewPlan& plan) {
  if (node.deletes() && plan.kind == ViewKind::kStateless) {
    std::map<std::string, std::string> tables;
    for (const std::string& input : plan.inputs) {
      const ViewPlan* below = draft.plan.find(input);
      if (below != nullptr && !below->before.empty()) tables[input] = before_name(input);
    }
    if (!tables.empty()) {
      Json query = node.sql.query();
      SLUICE_TRY(read_other_rows(draft.session, query, tables));
      SLUICE_ASSIGN(plan.before, query_text(draft.session, std::move(query)));
    }
  }
  return define_before(draft, plan);
}

Status define_before(PlanDraft& draft, const ViewPlan& plan) {
  if (plan.before.empty()) return {};
  return draft.define(before_name(plan.name), "SELECT * FROM " + data::quote_identifier(plan.name));
}

}  // namespace sluice::sql
