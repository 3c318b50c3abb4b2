#include "sql/plan/result_plan.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "sql/plan/other_rows.h"
#include "sql/plan/rows_before.h"
#include "sql/plan/stream_plan.h"
#include "sql/tree/ast.h"
#include "sql/view/state_schema.h"
#include "sql/view/stream_check.h"

namespace sluice::sql {
namespace {

using connector::OutputMode;
using data::quote_identifier;

/// The rows of a result that views on top read batch by batch: those that became final, or those
/// that changed.
std::string stream_name(const std::string& view, OutputMode mode) {
  return view + (mode == OutputMode::kAppend ? "__final" : "__changed");
}

bool sink_wants(const PlanRequest& request, const std::string& view, OutputMode mode) {
  return std::ranges::any_of(
      request.sinks, [&](const SinkText& sink) { return sink.from == view && sink.mode == mode; });
}

/// Update mode over a result: the rows that the last batch's result did not have. What the
/// watermark has taken out of the results below is no longer in the last one, so it is not missed.
Status keep_last_result(Session& session, const std::string& select, bool deletes, ViewPlan& plan) {
  SLUICE_ASSIGN(const std::string schema, state_schema(session));
  const std::string last = schema + quote_identifier(plan.name);
  const std::string now = "SELECT * FROM " + quote_identifier(plan.name);
  plan.state_tables = {plan.name};
  plan.create_state =
      "CREATE TABLE IF NOT EXISTS " + last + " AS SELECT * FROM (" + select + ") LIMIT 0";
  plan.update = now + " EXCEPT ALL SELECT * FROM " + last;
  if (deletes) plan.before = "SELECT * FROM " + last + " EXCEPT ALL " + now;
  plan.evict = {"DELETE FROM " + last, "INSERT INTO " + last + " " + now};
  plan.origin.columns = plan.schema.to_string();
  plan.origin.meaning = select + " -> " + plan.origin.columns;
  plan.modes.insert(OutputMode::kUpdate);
  return {};
}

/// What to put in the place of columns that are sums of integers: Spark's is a BIGINT, and so is
/// that of the incremental aggregates.
std::string casts_of_sums(const Json& query, const data::Schema& schema) {
  std::string casts;
  const Json items = query.value("select_list", Json::array());
  for (std::size_t i = 0; i < items.size() && items.size() == schema.size(); ++i) {
    bool sums = false;
    visit_expressions(items[i], [&sums](const Json& expression) {
      const bool call = is_class(expression, "FUNCTION") || is_class(expression, "WINDOW");
      sums = sums || (call && function_name(expression) == "sum");
      return !sums;
    });
    if (!sums || schema[i].type.to_string() != "HUGEINT") continue;
    const std::string column = quote_identifier(schema[i].name);
    casts += (casts.empty() ? "" : ", ") + ("CAST(" + column + " AS BIGINT) AS ") + column;
  }
  return casts;
}

}  // namespace

Status plan_over_result(PlanDraft& draft, const ViewNode& node, ViewPlan& plan) {
  SLUICE_TRY(check_deduplicate(node.sql, StreamUse::kAggregate));
  for (const std::string& input : plan.inputs) {
    if (!draft.relations.is_stream(input)) continue;
    return node.sql.error("reads the stream '" + input +
                          "' beside the result of an aggregate, "
                          "which is not possible yet");
  }
  plan.kind = ViewKind::kOverResult;
  plan.modes = {OutputMode::kComplete};
  const bool over_tables = draft.relations.is_static(plan.name);
  if (over_tables) {
    plan.refused_modes[OutputMode::kAppend] =
        "over tables: they are read in full, so the same rows would come again; use mode: complete";
  } else {
    draft.relations.set_result(plan.name);
    if (draft.request.is_shard) {
      return node.sql.error(
          "reads the whole result of an aggregate, of which a shard has only its own part; run it "
          "without --shard");
    }
  }
  std::string select = node.sql.statement();
  const std::string casts = casts_of_sums(node.sql.query(), plan.schema);
  if (!casts.empty()) {
    select = "SELECT * REPLACE (" + casts + ") FROM (" + select + ")";
    SLUICE_ASSIGN(plan.schema, draft.session.describe(select));
  }
  SLUICE_TRY(draft.define(plan.name, select));
  // A stream may read a view over tables in any mode: it reads it whole.
  const bool updates = over_tables ? sink_wants(draft.request, plan.name, OutputMode::kUpdate)
                                   : node.wanted.contains(OutputMode::kUpdate);
  if (!updates) return {};
  if (auto* kept = draft.kept_of(plan.name)) {
    kept->push_back({.what = "the whole result of the last batch",
                     .keys = {},
                     .event_time = "",
                     .until = "the next batch has its own"});
  }
  return keep_last_result(draft.session, select, node.deletes(), plan);
}

Status read_results_as_streams(PlanDraft& draft, ViewNode& node, OutputMode mode, ViewPlan& plan) {
  Json query = node.sql.query();
  std::map<std::string, std::string> tables;
  for (std::string& input : plan.inputs) {
    if (!draft.relations.is_result(input)) continue;
    const ViewPlan& below = *draft.plan.find(input);
    if (auto possible = check_mode(below, mode); !possible) {
      return node.sql.error("is read in mode " + std::string(connector::output_mode_name(mode)) +
                            ", and so is what it reads: " + possible.error().message());
    }
    const std::string stream = stream_name(input, mode);
    if (draft.plan.find(stream) == nullptr) {
      ViewPlan rows;
      rows.name = stream;
      rows.inputs = {input};
      rows.schema = below.schema;
      rows.definition = below.rows(mode);
      rows.modes = {mode};
      if (mode == OutputMode::kUpdate) rows.before = below.before;
      SLUICE_TRY(draft.define(stream, "SELECT * FROM " + quote_identifier(input)));
      SLUICE_TRY(define_before(draft, rows));
      draft.relations.add(stream);
      draft.relations.set_stream(stream);
      draft.relations.set_event_times(stream, draft.relations.event_times_of(input));
      draft.shard_keys.pass_on(input, stream);
      draft.plan.views.push_back(std::move(rows));
    }
    tables[input] = stream;
    input = stream;
  }
  SLUICE_TRY(read_other_rows(draft.session, query, tables));
  SLUICE_ASSIGN(std::string statement, query_text(draft.session, query));
  node.sql.rewrite(std::move(query), std::move(statement));
  SLUICE_TRY(plan_on_streams(draft, node, plan));
  if (plan.kind != ViewKind::kAggregate) plan.modes = {mode};
  return {};
}

}  // namespace sluice::sql
