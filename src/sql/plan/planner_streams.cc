#include <utility>

#include "sql/aggregate/aggregate_plan.h"
#include "sql/aggregate/distinct_plan.h"
#include "sql/join/join_plan.h"
#include "sql/plan/planner.h"
#include "sql/plan/view_parts.h"
#include "sql/tree/ast.h"
#include "sql/view/bind_view.h"
#include "sql/view/stream_check.h"

namespace sluice::sql {
namespace {

using connector::OutputMode;

}  // namespace

Status Planner::plan_on_streams(Node& node, ViewPlan& plan) {
  SLUICE_TRY(plan_parts(node, plan));
  SLUICE_ASSIGN(const StreamUse use, check_streams(node.sql, streams_));
  SLUICE_TRY(check_deduplicate(node.sql, use));
  if (use == StreamUse::kAggregate) {
    plan.kind = ViewKind::kAggregate;
    const data::Schema bound = plan.schema;
    const EventScope events = EventScope::make(node.sql.query(), events_);
    const bool whole = node.wanted.empty() || node.wanted.contains(OutputMode::kComplete);
    SLUICE_TRY(
        plan_aggregate(session_, {node.sql, bound, events, whole, node.deleting_keys}, plan));
    // A table shown whole changes with its rows, not with time.
    if (!node.wanted.contains(OutputMode::kAppend) && whole) plan.waits_for_watermark = false;
    results_.insert(lower(plan.name));
    events_[lower(plan.name)] = events.of_result(node.sql.query());
    return {};
  }
  if (use == StreamUse::kJoin) return plan_join_of_streams(node.sql, plan);
  const bool deduplicated = node.sql.text().deduplicate.has_value();
  if (use == StreamUse::kDistinct || (deduplicated && use == StreamUse::kRowByRow)) {
    const data::Schema bound = plan.schema;
    SLUICE_TRY(plan_distinct(session_, {node.sql, bound, events_}, plan));
  } else {
    SLUICE_TRY(plan_stateless(node, plan));
  }
  if (use == StreamUse::kNone) {
    plan.modes.clear();
  } else {
    streams_.insert(lower(plan.name));
    events_[lower(plan.name)] = event_times_of(node.sql.query(), events_);
  }
  return {};
}

Status Planner::plan_join_of_streams(const ViewSql& sql, ViewPlan& plan) {
  SLUICE_TRY(check_row_by_row(session_, sql));
  plan.kind = ViewKind::kJoin;
  SLUICE_ASSIGN(events_[lower(plan.name)], plan_join(session_, sql, events_, plan));
  streams_.insert(lower(plan.name));
  return define(plan.name, sql.statement());
}

/// What the view cannot do in one SELECT becomes views of their own, which it reads.
Status Planner::plan_parts(Node& node, ViewPlan& plan) {
  for (;;) {
    SLUICE_ASSIGN(auto part, take_part(session_, node.sql, streams_, plan.schema));
    if (!part) return {};
    if (!known_.emplace(lower(part->name), part->name).second) {
      return node.sql.error("would need two views named '" + part->name +
                            "': give the subqueries that join streams different names");
    }
    ViewText text{part->name, node.sql.text().sql, node.sql.text().location};
    SLUICE_ASSIGN(Node inner, make_node(text, node.sql, std::move(part->part)));
    ViewPlan plan_of_part;
    plan_of_part.name = part->name;
    plan_of_part.inputs = inner.reads.inputs;
    SLUICE_ASSIGN(plan_of_part.schema, bind_view(session_, inner.sql));
    SLUICE_TRY(plan_on_streams(inner, plan_of_part));
    note_origin(inner, plan_of_part);
    plan_.views.push_back(std::move(plan_of_part));
    SLUICE_ASSIGN(Node rest, make_node(node.sql.text(), node.sql, std::move(part->rest)));
    node.sql.rewrite(rest.sql.query(), rest.sql.statement());
    plan.inputs = rest.reads.inputs;
  }
}

/// `query`, which is some of `whole`, as a node of its own.
Result<Node> Planner::make_node(const ViewText& text, const ViewSql& whole, Json query) {
  ViewSql sql(text, query);
  auto statement = query_text(session_, query);
  if (!statement) return whole.error(statement.error().message());
  sql.rewrite(std::move(query), *std::move(statement));
  SLUICE_ASSIGN(ViewReads reads, find_reads(sql, known_));
  return Node{std::move(sql), std::move(reads)};
}

Status Planner::plan_stateless(const Node& node, ViewPlan& plan) {
  SLUICE_TRY(check_row_by_row(session_, node.sql));
  plan.kind = ViewKind::kStateless;
  plan.modes = {OutputMode::kAppend, OutputMode::kUpdate};
  return define(plan.name, node.sql.statement());
}

}  // namespace sluice::sql
