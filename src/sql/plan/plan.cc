#include "sql/plan/plan.h"

#include <algorithm>
#include <utility>

#include "sql/plan/event_time_plan.h"
#include "sql/plan/explained_plan.h"
#include "sql/plan/late_stream.h"
#include "sql/plan/result_plan.h"
#include "sql/plan/rows_before.h"
#include "sql/plan/source_plan.h"
#include "sql/plan/stream_plan.h"
#include "sql/plan/view_order.h"
#include "sql/view/bind_view.h"
#include "sql/view/cast_check.h"
#include "sql/view/kept_state.h"

namespace sluice::sql {
namespace {

using connector::OutputMode;

/// A view that reads results takes them whole, or row by row in the mode of its own readers.
Status plan_on_results(PlanDraft& draft, ViewNode& node, ViewPlan& plan) {
  if (node.wanted_whole()) return plan_over_result(draft, node, plan);
  if (node.wanted.contains(OutputMode::kAppend)) {
    return read_results_as_streams(draft, node, OutputMode::kAppend, plan);
  }
  if (!node.read_whole && is_row_by_row(node, draft.relations)) {
    return read_results_as_streams(draft, node, OutputMode::kUpdate, plan);
  }
  return plan_over_result(draft, node, plan);
}

/// By what the view reads: tables alone, results, or streams.
Status plan_by_inputs(PlanDraft& draft, ViewNode& node, ViewPlan& plan) {
  const auto is_static = [&draft](const std::string& name) {
    return draft.relations.is_static(name);
  };
  const auto is_result = [&draft](const std::string& name) {
    return draft.relations.is_result(name);
  };
  if (!plan.inputs.empty() && std::ranges::all_of(plan.inputs, is_static)) {
    draft.relations.set_static(plan.name);
    return plan_over_result(draft, node, plan);
  }
  if (std::ranges::any_of(plan.inputs, is_result)) return plan_on_results(draft, node, plan);
  return plan_on_streams(draft, node, plan);
}

Status plan_view(PlanDraft& draft, const ViewOrder& order, ViewNode& node) {
  ViewPlan plan;
  plan.name = node.sql.name();
  plan.inputs = node.reads.inputs;
  if (order.is_needed(plan.name)) note_columns(draft, plan.inputs, node.reads);
  SLUICE_ASSIGN(plan.schema, bind_view(draft.session, node.sql));
  SLUICE_TRY(check_casts(draft.session, node.sql, plan.inputs));
  SLUICE_TRY(plan_by_inputs(draft, node, plan));
  if (!node.sql.text().event_time.empty()) SLUICE_TRY(plan_event_time_of_view(draft, node, plan));
  SLUICE_TRY(note_origin(draft.session, node.sql.text(), plan));
  SLUICE_TRY(add_rows_before(draft, node, plan));
  draft.plan.views.push_back(std::move(plan));
  if (node.sql.text().late_to.empty()) return {};
  return plan_late_rows(draft, order, node, draft.plan.views.back());
}

Status plan_query(PlanDraft& draft, const ViewOrder::Query& query) {
  QueryPlan plan;
  plan.name = query.sql.name();
  plan.select = query.sql.statement();
  plan.inputs = query.reads.inputs;
  SLUICE_ASSIGN(plan.schema, bind_view(draft.session, query.sql));
  SLUICE_TRY(check_casts(draft.session, query.sql, plan.inputs));
  note_columns(draft, plan.inputs, query.reads);
  plan.is_of_batch = std::ranges::any_of(
      plan.inputs, [&draft](const std::string& input) { return draft.relations.is_stream(input); });
  draft.plan.queries.push_back(std::move(plan));
  return {};
}

}  // namespace

const ViewPlan* Plan::find(std::string_view name) const {
  for (const ViewPlan& view : views) {
    if (view.name == name) return &view;
  }
  return nullptr;
}

Result<Plan> make_plan(Session& session, const PlanRequest& request) {
  return make_plan(session, request, nullptr);
}

Result<Plan> make_plan(Session& session, const PlanRequest& request, KeptByView* kept) {
  PlanDraft draft{session, request, Relations(request), {}};
  draft.kept = kept;
  for (const SourceText& source : request.sources) SLUICE_TRY(plan_source(draft, source));
  for (const std::string& table : request.tables) {
    SLUICE_ASSIGN(draft.plan.tables[table],
                  session.describe("SELECT * FROM " + data::quote_identifier(table)));
  }
  SLUICE_ASSIGN(const ViewOrder order, ViewOrder::make(draft));
  for (ViewNode* node : order.nodes()) SLUICE_TRY(plan_view(draft, order, *node));
  for (const ViewOrder::Query& query : order.queries()) SLUICE_TRY(plan_query(draft, query));
  for (const auto& [name, declared] : draft.relations.names()) {
    if (draft.relations.is_stream(declared)) draft.plan.streams.insert(declared);
  }
  if (request.is_shard) draft.note_shards();
  return std::move(draft.plan);
}

}  // namespace sluice::sql
