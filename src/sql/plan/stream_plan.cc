#include "sql/plan/stream_plan.h"

#include <utility>

#include "sql/aggregate/aggregate_plan.h"
#include "sql/aggregate/distinct_plan.h"
#include "sql/join/join_plan.h"
#include "sql/plan/view_parts.h"
#include "sql/tree/ast.h"
#include "sql/view/bind_view.h"
#include "sql/view/kept_state.h"
#include "sql/view/stream_check.h"

namespace sluice::sql {
namespace {

using connector::OutputMode;

/// `query`, which is some of `whole`, as a node of its own.
Result<ViewNode> make_node(const PlanDraft& draft, const ViewText& text, const ViewSql& whole,
                           Json query) {
  ViewSql sql(text, query);
  auto statement = query_text(draft.session, query);
  if (!statement) return whole.error(statement.error().message());
  sql.rewrite(std::move(query), *std::move(statement));
  SLUICE_ASSIGN(ViewReads reads, find_reads(sql, draft.relations.names()));
  return ViewNode{std::move(sql), std::move(reads)};
}

Status plan_stateless(PlanDraft& draft, const ViewNode& node, ViewPlan& plan) {
  SLUICE_TRY(check_row_by_row(draft.session, node.sql));
  plan.kind = ViewKind::kStateless;
  plan.modes = {OutputMode::kAppend, OutputMode::kUpdate};
  return draft.define(plan.name, node.sql.statement());
}

Status plan_join_of_streams(PlanDraft& draft, const ViewSql& sql, ViewPlan& plan) {
  SLUICE_TRY(check_row_by_row(draft.session, sql));
  plan.kind = ViewKind::kJoin;
  SLUICE_ASSIGN(EventTimes times, plan_join(draft.session, sql, draft.relations.event_times(), plan,
                                            draft.kept_of(plan.name)));
  draft.relations.set_event_times(plan.name, std::move(times));
  draft.relations.set_stream(plan.name);
  return draft.define(plan.name, sql.statement());
}

/// What the view cannot do in one SELECT becomes views of their own, which it reads.
Status plan_parts(PlanDraft& draft, ViewNode& node, ViewPlan& plan) {
  for (;;) {
    SLUICE_ASSIGN(auto part,
                  take_part(draft.session, node.sql, draft.relations.streams(), plan.schema));
    if (!part) return {};
    if (!draft.relations.add(part->name)) {
      return node.sql.error("would need two views named '" + part->name +
                            "': give the subqueries that join streams different names");
    }
    ViewText text{part->name, node.sql.text().sql, node.sql.text().location};
    SLUICE_ASSIGN(ViewNode inner, make_node(draft, text, node.sql, std::move(part->part)));
    ViewPlan plan_of_part;
    plan_of_part.name = part->name;
    plan_of_part.inputs = inner.reads.inputs;
    SLUICE_ASSIGN(plan_of_part.schema, bind_view(draft.session, inner.sql));
    SLUICE_TRY(plan_on_streams(draft, inner, plan_of_part));
    SLUICE_TRY(note_origin(draft.session, text, plan_of_part));
    draft.plan.views.push_back(std::move(plan_of_part));
    SLUICE_ASSIGN(ViewNode rest,
                  make_node(draft, node.sql.text(), node.sql, std::move(part->rest)));
    node.sql.rewrite(rest.sql.query(), rest.sql.statement());
    plan.inputs = rest.reads.inputs;
  }
}

}  // namespace

Status plan_on_streams(PlanDraft& draft, ViewNode& node, ViewPlan& plan) {
  SLUICE_TRY(plan_parts(draft, node, plan));
  SLUICE_ASSIGN(const StreamUse use, check_streams(node.sql, draft.relations.streams()));
  SLUICE_TRY(check_deduplicate(node.sql, use));
  if (draft.request.is_shard) {
    SLUICE_TRY(draft.shard_keys.follow({draft.session, node.sql, plan, use, draft.relations}));
  }
  if (use == StreamUse::kAggregate) {
    plan.kind = ViewKind::kAggregate;
    const data::Schema bound = plan.schema;
    const EventScope events = EventScope::make(node.sql.query(), draft.relations.event_times());
    const bool whole = node.wanted_whole();
    SLUICE_TRY(plan_aggregate(draft.session, {node.sql, bound, events, whole, node.deleting_keys},
                              plan, draft.kept_of(plan.name)));
    // A table shown whole changes with its rows, not with time.
    if (!node.wanted.contains(OutputMode::kAppend) && whole) plan.waits_for_watermark = false;
    draft.relations.set_result(plan.name);
    draft.relations.set_event_times(plan.name, events.of_result(node.sql.query()));
    return {};
  }
  if (use == StreamUse::kJoin) return plan_join_of_streams(draft, node.sql, plan);
  const bool deduplicated = node.sql.text().deduplicate.has_value();
  if (use == StreamUse::kDistinct || (deduplicated && use == StreamUse::kRowByRow)) {
    const data::Schema bound = plan.schema;
    SLUICE_TRY(plan_distinct(draft.session, {node.sql, bound, draft.relations.event_times()}, plan,
                             draft.kept_of(plan.name)));
  } else {
    SLUICE_TRY(plan_stateless(draft, node, plan));
  }
  if (use == StreamUse::kNone) {
    plan.modes.clear();
  } else {
    draft.relations.set_stream(plan.name);
    draft.relations.set_event_times(
        plan.name, event_times_of(node.sql.query(), draft.relations.event_times()));
  }
  return {};
}

}  // namespace sluice::sql
