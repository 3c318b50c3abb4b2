#include "sql/plan/late_stream.h"

#include <algorithm>
#include <string>
#include <utility>

#include "sql/plan/source_plan.h"
#include "sql/view/late_rows.h"

namespace sluice::sql {

using connector::OutputMode;

Status plan_late_rows(PlanDraft& draft, const ViewOrder& order, const ViewNode& node,
                      const ViewPlan& result) {
  const ViewText& text = node.sql.text();
  ViewPlan late;
  std::string select;
  for (const ViewPlan& part : draft.plan.views) {
    const bool own = part.name == result.name || part.name.starts_with(result.name + "__");
    if (!own || part.kind != ViewKind::kJoin || part.late.empty()) continue;
    select += (select.empty() ? "" : " UNION ALL BY NAME ") + part.late;
    for (const std::string& input : part.inputs) {
      if (!input.starts_with(result.name + "__")) late.inputs.push_back(input);
    }
  }
  if (select.empty()) {
    select = result.late;
    late.inputs = result.inputs;
  }
  if (select.empty()) {
    const bool whole = result.kind == ViewKind::kAggregate && node.wanted_whole();
    return nothing_is_late(text, whole);
  }
  late.name = text.late_to;
  std::ranges::sort(late.inputs);
  late.inputs.erase(std::ranges::unique(late.inputs).begin(), late.inputs.end());
  late.modes = {OutputMode::kAppend, OutputMode::kUpdate};
  SLUICE_ASSIGN(late.schema, draft.session.describe(select));
  ViewReads reads;
  reads.all_columns = true;
  if (order.is_needed(late.name)) note_columns(draft, late.inputs, reads);
  draft.relations.set_stream(late.name);
  SLUICE_TRY(draft.define(late.name, select));
  draft.plan.views.push_back(std::move(late));
  return {};
}

}  // namespace sluice::sql
