#include "sql/plan.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <utility>

#include "base/nearest.h"
#include "sql/aggregate_plan.h"
#include "sql/ast.h"
#include "sql/bind_view.h"
#include "sql/distinct_plan.h"
#include "sql/event_time.h"
#include "sql/join_plan.h"
#include "sql/late_rows.h"
#include "sql/spark_functions.h"
#include "sql/state_schema.h"
#include "sql/stream_check.h"
#include "sql/view_parts.h"
#include "sql/view_reads.h"
#include "sql/view_sql.h"
#include "sql/zone_check.h"

namespace sluice::sql {
namespace {

using connector::OutputMode;
using data::quote_identifier;

/// A view on its way into the plan.
struct Node {
  ViewSql sql;
  ViewReads reads;
  enum class Mark : unsigned char { kNew, kOpen, kDone } mark = Mark::kNew;
  /// What sinks ask of it, directly or through the views on top.
  std::set<OutputMode> wanted;
};

/// The rows of a result that views on top read batch by batch: those that became final, or those
/// that changed.
std::string stream_name(const std::string& view, OutputMode mode) {
  return view + (mode == OutputMode::kAppend ? "__final" : "__changed");
}

bool is_plain_name(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char character) {
    return std::isalnum(character) != 0 || character == '_';
  });
}

class Planner {
 public:
  Planner(Session& session, const PlanRequest& request) : session_(session), request_(request) {}

  Result<Plan> make();

 private:
  Status add_source(const SourceText& source);
  Status parse_views();
  Status visit(Node& node);
  void pass_down_modes();
  Status plan_view(Node& node);
  Status plan_on_streams(Node& node, ViewPlan& plan);
  Status plan_stateless(const Node& node, ViewPlan& plan);
  Status plan_join_of_streams(const ViewSql& sql, ViewPlan& plan);
  Status plan_parts(Node& node, ViewPlan& plan);
  Result<Node> make_node(const ViewText& text, const ViewSql& whole, Json query);
  Status plan_over_result(const Node& node, ViewPlan& plan);
  Status keep_last_result(const std::string& select, ViewPlan& plan);
  Status read_results_as_streams(Node& node, OutputMode mode, ViewPlan& plan);
  Status add_late_rows(const Node& node, const ViewPlan& result);
  Status define(const std::string& name, const std::string& select);
  void note_columns(const std::vector<std::string>& inputs, const ViewReads& reads);
  bool is_result(const std::string& name) const { return results_.contains(lower(name)); }
  bool is_static(const std::string& name) const { return static_.contains(lower(name)); }
  bool sink_wants(const std::string& view, OutputMode mode) const;
  Result<bool> is_row_by_row(const Node& node) const;

  Session& session_;
  const PlanRequest& request_;
  KnownNames known_;
  std::map<std::string, std::set<std::string>> source_columns_;  ///< as declared
  std::set<std::string> streams_;      ///< lower-case names whose rows come batch by batch
  std::set<std::string> results_;      ///< lower-case names of aggregates and what stands on them
  std::set<std::string> static_;       ///< lower-case names of tables and of views over them alone
  EventTimesByName events_;            ///< of streams
  std::map<std::string, Node> nodes_;  ///< by declared name
  std::map<std::string, std::string> late_;  ///< name of late rows -> the view they are late for
  std::vector<Node*> order_;                 ///< inputs before their users
  Plan plan_;
};

Result<Plan> Planner::make() {
  for (const SourceText& source : request_.sources) {
    known_[lower(source.name)] = source.name;
    streams_.insert(lower(source.name));
  }
  for (const std::string& table : request_.tables) {
    known_[lower(table)] = table;
    static_.insert(lower(table));
  }
  for (const SourceText& source : request_.sources) SLUICE_TRY(add_source(source));
  SLUICE_TRY(parse_views());
  for (const ViewText& view : request_.views) SLUICE_TRY(visit(nodes_.at(view.name)));
  pass_down_modes();
  for (Node* node : order_) SLUICE_TRY(plan_view(*node));
  return std::move(plan_);
}

Status Planner::add_source(const SourceText& source) {
  const std::string table = quote_identifier(source.name);
  SLUICE_ASSIGN(const data::Schema schema, session_.describe("SELECT * FROM " + table));
  for (const data::Field& field : schema.fields()) source_columns_[source.name].insert(field.name);
  plan_.sources[source.name] = schema;
  plan_.source_columns[source.name];
  if (source.event_time.empty()) return {};
  // A plain column need not be quoted, even where SQL would take its name for a keyword.
  const bool is_column = schema.find(source.event_time) >= 0;
  const std::string time = is_column ? quote_identifier(source.event_time) : source.event_time;
  ViewText text;
  text.name = source.name;
  text.sql = "SELECT " + time + " AS event_time FROM " + table;
  const auto wrong = [&source](const std::string& why) {
    const std::string place = source.location.to_string();
    return user_error((place.empty() ? "" : place + ": ") + "the watermark's column '" +
                      source.event_time + "' of source '" + source.name + "' " + why);
  };
  if (!is_column && is_plain_name(source.event_time)) {
    std::vector<std::string> columns;
    for (const data::Field& field : schema.fields()) columns.push_back(field.name);
    const std::string guess = did_you_mean(source.event_time, columns);
    return wrong("is no column of it" +
                 (guess.empty() ? "; it has: " + schema.to_string() : guess));
  }
  auto parsed = parse_view(session_, text);
  if (!parsed) return wrong("is no SQL expression: " + parsed.error().message());
  SLUICE_ASSIGN(const ViewReads reads, find_reads(*parsed, known_));
  SLUICE_TRY(define_spark_functions(session_, reads.functions));
  auto bound = session_.describe(text.sql);
  if (!bound) return wrong("is not possible: " + bound.error().message());
  const Status zones = check_zones(session_, *parsed, {source.name});
  if (!zones) return wrong("is not possible: " + zones.error().message());
  const std::string type = (*bound)[0].type.to_string();
  if (type != "TIMESTAMP" && type != "TIMESTAMPTZ") {
    return wrong("is of type " + type +
                 "; it must be a TIMESTAMP or TIMESTAMPTZ, such as "
                 "to_timestamp(text, 'yyyy-MM-dd HH:mm:ss')");
  }
  note_columns({source.name}, reads);
  events_[lower(source.name)].points = {canonical(parsed->query()["select_list"][0])};
  plan_.latest_event_time[source.name] = "SELECT max(epoch_us(" + time + ")) FROM " + table;
  return {};
}

Status Planner::parse_views() {
  for (const ViewText& view : request_.views) {
    for (const std::string& name : {view.name, view.late_to}) {
      if (name.empty() || known_.emplace(lower(name), name).second) continue;
      return ViewSql::error_at(view, 0, "the name is taken by another view or source");
    }
    if (!view.late_to.empty()) late_[view.late_to] = view.name;
  }
  std::set<std::string> functions;
  for (const ViewText& view : request_.views) {
    SLUICE_ASSIGN(ViewSql sql, parse_view(session_, view));
    SLUICE_ASSIGN(ViewReads reads, find_reads(sql, known_));
    functions.insert(reads.functions.begin(), reads.functions.end());
    nodes_.emplace(view.name, Node{std::move(sql), std::move(reads)});
  }
  return define_spark_functions(session_, functions);
}

/// Puts inputs before their users.
Status Planner::visit(Node& node) {
  if (node.mark == Node::Mark::kDone) return {};
  if (node.mark == Node::Mark::kOpen) {
    return node.sql.error("reads itself, directly or through other views");
  }
  node.mark = Node::Mark::kOpen;
  for (const std::string& input : node.reads.inputs) {
    const auto late = late_.find(input);
    const auto below = nodes_.find(late == late_.end() ? input : late->second);
    if (below == nodes_.end()) continue;
    if (auto visited = visit(below->second); !visited) return visited;
  }
  node.mark = Node::Mark::kDone;
  order_.push_back(&node);
  return {};
}

/// A view is read in the mode in which its readers are: what a sink gets once can only be made of
/// what came once.
void Planner::pass_down_modes() {
  for (const SinkText& sink : request_.sinks) {
    const auto node = nodes_.find(sink.from);
    if (node != nodes_.end()) node->second.wanted.insert(sink.mode);
  }
  for (auto node = order_.rbegin(); node != order_.rend(); ++node) {
    for (const std::string& input : (*node)->reads.inputs) {
      const auto below = nodes_.find(input);
      if (below != nodes_.end()) {
        below->second.wanted.insert((*node)->wanted.begin(), (*node)->wanted.end());
      }
    }
  }
}

Status Planner::plan_view(Node& node) {
  ViewPlan plan;
  plan.name = node.sql.name();
  plan.inputs = node.reads.inputs;
  note_columns(plan.inputs, node.reads);
  SLUICE_ASSIGN(plan.schema, bind_view(session_, node.sql));
  SLUICE_TRY(check_zones(session_, node.sql, plan.inputs));
  const bool over_result = std::any_of(plan.inputs.begin(), plan.inputs.end(),
                                       [this](const std::string& name) { return is_result(name); });
  const bool over_tables = !plan.inputs.empty() &&
                           std::all_of(plan.inputs.begin(), plan.inputs.end(),
                                       [this](const std::string& name) { return is_static(name); });
  if (over_tables) {
    static_.insert(lower(plan.name));
    SLUICE_TRY(plan_over_result(node, plan));
  } else if (!over_result) {
    SLUICE_TRY(plan_on_streams(node, plan));
  } else if (node.wanted.empty() || node.wanted.contains(OutputMode::kComplete)) {
    SLUICE_TRY(plan_over_result(node, plan));
  } else if (node.wanted.contains(OutputMode::kAppend)) {
    SLUICE_TRY(read_results_as_streams(node, OutputMode::kAppend, plan));
  } else {
    SLUICE_ASSIGN(const bool row_by_row, is_row_by_row(node));
    if (row_by_row) {
      SLUICE_TRY(read_results_as_streams(node, OutputMode::kUpdate, plan));
    } else {
      SLUICE_TRY(plan_over_result(node, plan));
    }
  }
  const std::string name = plan.name;
  plan_.views.push_back(std::move(plan));
  if (node.sql.text().late_to.empty()) return {};
  return add_late_rows(node, *plan_.find(name));
}

/// The rows that came too late for a view are a stateless view of its own FROM. Where joins of
/// streams are parts of the view, they are those of the joins, which wait for all others.
Status Planner::add_late_rows(const Node& node, const ViewPlan& result) {
  const ViewText& text = node.sql.text();
  ViewPlan late;
  std::string select;
  for (const ViewPlan& part : plan_.views) {
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
    const bool whole = result.kind == ViewKind::kAggregate &&
                       (node.wanted.empty() || node.wanted.contains(OutputMode::kComplete));
    return nothing_is_late(text, whole);
  }
  late.name = text.late_to;
  std::ranges::sort(late.inputs);
  late.inputs.erase(std::ranges::unique(late.inputs).begin(), late.inputs.end());
  late.modes = {OutputMode::kAppend, OutputMode::kUpdate};
  SLUICE_ASSIGN(late.schema, session_.describe(select));
  ViewReads reads;
  reads.all_columns = true;
  note_columns(late.inputs, reads);
  streams_.insert(lower(late.name));
  SLUICE_TRY(define(late.name, select));
  plan_.views.push_back(std::move(late));
  return {};
}

Result<bool> Planner::is_row_by_row(const Node& node) const {
  std::set<std::string> all = streams_;
  for (const std::string& input : node.reads.inputs) all.insert(lower(input));
  const auto use = check_streams(node.sql, all);
  return use && *use == StreamUse::kRowByRow;
}

/// Puts the final or the changed rows of the results below in the place of the whole results.
Status Planner::read_results_as_streams(Node& node, OutputMode mode, ViewPlan& plan) {
  Json query = node.sql.query();
  std::string tables;
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
      SLUICE_TRY(define(stream, "SELECT * FROM " + quote_identifier(input)));
      known_[lower(stream)] = stream;
      streams_.insert(lower(stream));
      events_[lower(stream)] = events_[lower(input)];
      plan_.views.push_back(std::move(rows));
    }
    tables += (tables.empty() ? "" : ", ") + quote_identifier(input) + " AS (SELECT * FROM " +
              quote_identifier(stream) + ")";
    input = stream;
  }
  // The names of the results stand for those rows inside of this view only.
  ViewText shadow;
  shadow.sql = "WITH " + tables + " SELECT 1";
  SLUICE_ASSIGN(const ViewSql shadows, parse_view(session_, shadow));
  Json& own = query["cte_map"]["map"];
  Json both = shadows.query()["cte_map"]["map"];
  for (Json& entry : own) both.push_back(std::move(entry));
  own = std::move(both);
  SLUICE_ASSIGN(std::string statement, query_text(session_, query));
  node.sql.rewrite(std::move(query), std::move(statement));
  SLUICE_TRY(plan_on_streams(node, plan));
  if (plan.kind != ViewKind::kAggregate) plan.modes = {mode};
  return {};
}

Status Planner::plan_on_streams(Node& node, ViewPlan& plan) {
  SLUICE_TRY(plan_parts(node, plan));
  SLUICE_ASSIGN(const StreamUse use, check_streams(node.sql, streams_));
  SLUICE_TRY(check_deduplicate(node.sql, use));
  if (use == StreamUse::kAggregate) {
    plan.kind = ViewKind::kAggregate;
    const data::Schema bound = plan.schema;
    const EventScope events = EventScope::make(node.sql.query(), events_);
    const bool whole = node.wanted.empty() || node.wanted.contains(OutputMode::kComplete);
    SLUICE_TRY(plan_aggregate(session_, {node.sql, bound, events, whole}, plan));
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
        "over tables: they are read whole, so the same rows would come again; use mode: complete";
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
  return updates ? keep_last_result(select, plan) : Status();
}

bool Planner::sink_wants(const std::string& view, OutputMode mode) const {
  return std::ranges::any_of(
      request_.sinks, [&](const SinkText& sink) { return sink.from == view && sink.mode == mode; });
}

/// Update mode over a result: the rows that the last batch's result did not have.
Status Planner::keep_last_result(const std::string& select, ViewPlan& plan) {
  SLUICE_ASSIGN(const std::string schema, state_schema(session_));
  const std::string last = schema + quote_identifier(plan.name);
  const std::string now = "SELECT * FROM " + quote_identifier(plan.name);
  plan.state_tables = {plan.name};
  plan.create_state =
      "CREATE TABLE IF NOT EXISTS " + last + " AS SELECT * FROM (" + select + ") LIMIT 0";
  plan.update = now + " EXCEPT ALL SELECT * FROM " + last;
  plan.evict = {"DELETE FROM " + last, "INSERT INTO " + last + " " + now};
  plan.fingerprint = select + " -> " + plan.schema.to_string();
  plan.modes.insert(OutputMode::kUpdate);
  return {};
}

Status Planner::define(const std::string& name, const std::string& select) {
  return session_.execute("CREATE OR REPLACE TEMP VIEW " + quote_identifier(name) + " AS " +
                          select);
}

void Planner::note_columns(const std::vector<std::string>& inputs, const ViewReads& reads) {
  for (const std::string& input : inputs) {
    const auto source = source_columns_.find(input);
    if (source == source_columns_.end()) continue;
    for (const std::string& column : source->second) {
      if (reads.all_columns || reads.columns.contains(lower(column))) {
        plan_.source_columns[input].insert(column);
      }
    }
  }
}

}  // namespace

Result<Plan> make_plan(Session& session, const PlanRequest& request) {
  return Planner(session, request).make();
}

}  // namespace sluice::sql
