#include <algorithm>
#include <utility>

#include "sql/plan/planner.h"
#include "sql/spark/parse_view.h"
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

}  // namespace

bool Planner::is_row_by_row(const Node& node, bool beside_tables) const {
  std::set<std::string> all = streams_;
  for (const std::string& input : node.reads.inputs) {
    if (!beside_tables || !is_static(input)) all.insert(lower(input));
  }
  const auto use = check_streams(node.sql, all);
  return use && *use == StreamUse::kRowByRow;
}

/// Puts the final or the changed rows of the results below in the place of the whole results.
Status Planner::read_results_as_streams(Node& node, OutputMode mode, ViewPlan& plan) {
  Json query = node.sql.query();
  std::map<std::string, std::string> tables;
  for (std::string& input : plan.inputs) {
    if (!is_result(input)) continue;
    const ViewPlan& below = *plan_.find(input);
    if (auto possible = check_mode(below, mode); !possible) {
      return node.sql.error("is read in mode " + std::string(connector::output_mode_name(mode)) +
                            ", and so is what it reads: " + possible.error().message());
    }
    const std::string stream = stream_name(input, mode);
    if (plan_.find(stream) == nullptr) {
      ViewPlan rows;
      rows.name = stream;
      rows.inputs = {input};
      rows.schema = below.schema;
      rows.definition = below.rows(mode);
      rows.modes = {mode};
      if (mode == OutputMode::kUpdate) rows.before = below.before;
      SLUICE_TRY(define(stream, "SELECT * FROM " + quote_identifier(input)));
      SLUICE_TRY(define_before(rows));
      known_[lower(stream)] = stream;
      streams_.insert(lower(stream));
      events_[lower(stream)] = events_[lower(input)];
      plan_.views.push_back(std::move(rows));
    }
    tables[input] = stream;
    input = stream;
  }
  SLUICE_TRY(read_other_rows(query, tables));
  SLUICE_ASSIGN(std::string statement, query_text(session_, query));
  node.sql.rewrite(std::move(query), std::move(statement));
  SLUICE_TRY(plan_on_streams(node, plan));
  if (plan.kind != ViewKind::kAggregate) plan.modes = {mode};
  return {};
}

/// Inside the query the names that are the keys of `tables` stand for the rows of their values.
Status Planner::read_other_rows(Json& query, const std::map<std::string, std::string>& tables) {
  ViewText shadow;
  for (const auto& [name, table] : tables) {
    shadow.sql += (shadow.sql.empty() ? "WITH " : ", ") + quote_identifier(name) +
                  " AS (SELECT * FROM " + quote_identifier(table) + ")";
  }
  shadow.sql += " SELECT 1";
  SLUICE_ASSIGN(const ViewSql shadows, parse_view(session_, shadow));
  Json& own = query["cte_map"]["map"];
  Json both = shadows.query()["cte_map"]["map"];
  for (Json& entry : own) both.push_back(std::move(entry));
  own = std::move(both);
  return {};
}

/// Rows leave a view that is computed row by row when rows of what it reads do.
Status Planner::add_rows_before(const Node& node, ViewPlan& plan) {
  if (node.deletes() && plan.kind == ViewKind::kStateless) {
    std::map<std::string, std::string> tables;
    for (const std::string& input : plan.inputs) {
      const ViewPlan* below = plan_.find(input);
      if (below != nullptr && !below->before.empty()) tables[input] = before_name(input);
    }
    if (!tables.empty()) {
      Json query = node.sql.query();
      SLUICE_TRY(read_other_rows(query, tables));
      SLUICE_ASSIGN(plan.before, query_text(session_, std::move(query)));
    }
  }
  return define_before(plan);
}

/// A stand-in: the engine puts the rows there.
Status Planner::define_before(const ViewPlan& plan) {
  if (plan.before.empty()) return {};
  return define(before_name(plan.name), "SELECT * FROM " + quote_identifier(plan.name));
}

Status Planner::plan_over_result(const Node& node, ViewPlan& plan) {
  SLUICE_TRY(check_deduplicate(node.sql, StreamUse::kAggregate));
  for (const std::string& input : plan.inputs) {
    if (!streams_.contains(lower(input))) continue;
    return node.sql.error("reads the stream '" + input +
                          "' beside the result of an aggregate, "
                          "which is not possible yet");
  }
  plan.kind = ViewKind::kOverResult;
  plan.modes = {OutputMode::kComplete};
  const bool over_tables = is_static(plan.name);
  if (over_tables) {
    plan.refused_modes[OutputMode::kAppend] =
        "over tables: they are read in full, so the same rows would come again; use mode: complete";
  } else {
    results_.insert(lower(plan.name));
  }
  // Spark's sum of integers is a BIGINT, and so is that of the incremental aggregates.
  std::string casts;
  const Json items = node.sql.query().value("select_list", Json::array());
  for (std::size_t i = 0; i < items.size() && items.size() == plan.schema.size(); ++i) {
    bool sums = false;
    visit_expressions(items[i], [&sums](const Json& expression) {
      const bool call = is_class(expression, "FUNCTION") || is_class(expression, "WINDOW");
      sums = sums || (call && function_name(expression) == "sum");
      return !sums;
    });
    if (!sums || plan.schema[i].type.to_string() != "HUGEINT") continue;
    const std::string column = quote_identifier(plan.schema[i].name);
    casts += (casts.empty() ? "" : ", ") + ("CAST(" + column + " AS BIGINT) AS ") + column;
  }
  std::string select = node.sql.statement();
  if (!casts.empty()) {
    select = "SELECT * REPLACE (" + casts + ") FROM (" + select + ")";
    SLUICE_ASSIGN(plan.schema, session_.describe(select));
  }
  SLUICE_TRY(define(plan.name, select));
  // A stream may read a view over tables in any mode: it reads it whole.
  const bool updates = over_tables ? sink_wants(plan.name, OutputMode::kUpdate)
                                   : node.wanted.contains(OutputMode::kUpdate);
  return updates ? keep_last_result(select, node.deletes(), plan) : Status();
}

bool Planner::sink_wants(const std::string& view, OutputMode mode) const {
  return std::ranges::any_of(
      request_.sinks, [&](const SinkText& sink) { return sink.from == view && sink.mode == mode; });
}

/// Update mode over a result: the rows that the last batch's result did not have. What the
/// watermark has taken out of the results below is no longer in the last one, so it is not missed.
Status Planner::keep_last_result(const std::string& select, bool deletes, ViewPlan& plan) {
  SLUICE_ASSIGN(const std::string schema, state_schema(session_));
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

}  // namespace sluice::sql
