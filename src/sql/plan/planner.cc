#include "sql/plan/planner.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/nearest.h"
#include "sql/functions/spark_functions.h"
#include "sql/spark/parse_view.h"
#include "sql/tree/ast.h"
#include "sql/view/bind_view.h"
#include "sql/view/cast_check.h"
#include "sql/view/late_rows.h"

namespace sluice::sql {
namespace {

using connector::OutputMode;
using data::quote_identifier;

bool is_plain_name(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char character) {
    return std::isalnum(character) != 0 || character == '_';
  });
}

}  // namespace

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
    return wrong("does not exist" +
                 (guess.empty() ? "; the source has: " + schema.to_string() : guess));
  }
  auto parsed = parse_view(session_, text);
  if (!parsed) return wrong("is not an SQL expression: " + parsed.error().message());
  SLUICE_ASSIGN(const ViewReads reads, find_reads(*parsed, known_));
  SLUICE_TRY(define_spark_functions(session_, reads.functions));
  auto bound = session_.describe(parsed->statement());
  if (!bound) return wrong("is not possible: " + bound.error().message());
  const Status zones = check_casts(session_, *parsed, {source.name});
  if (!zones) return wrong("is not possible: " + zones.error().message());
  const std::string type = (*bound)[0].type.to_string();
  if (type != "TIMESTAMP" && type != "TIMESTAMPTZ") {
    return wrong("is of type " + type +
                 "; it must be a TIMESTAMP or TIMESTAMPTZ, such as "
                 "to_timestamp(text, 'yyyy-MM-dd HH:mm:ss')");
  }
  note_columns({source.name}, reads);
  events_[lower(source.name)].points = {canonical(parsed->query()["select_list"][0])};
  plan_.latest_event_time[source.name] =
      "SELECT max(epoch_us(event_time)) FROM (" + parsed->statement() + ")";
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
    if (node == nodes_.end()) continue;
    node->second.wanted.insert(sink.mode);
    if (sink.deletes) node->second.deleting_keys.push_back(sink.key);
  }
  for (auto node = order_.rbegin(); node != order_.rend(); ++node) {
    const bool whole = (*node)->read_whole || !is_row_by_row(**node, /*beside_tables=*/true);
    for (const std::string& input : (*node)->reads.inputs) {
      const auto below = nodes_.find(input);
      if (below == nodes_.end()) continue;
      below->second.wanted.insert((*node)->wanted.begin(), (*node)->wanted.end());
      if ((*node)->deletes()) below->second.deleting_keys.emplace_back();
      below->second.read_whole = below->second.read_whole || whole;
    }
  }
}

Status Planner::plan_view(Node& node) {
  ViewPlan plan;
  plan.name = node.sql.name();
  plan.inputs = node.reads.inputs;
  if (reaches_sink(plan.name)) note_columns(plan.inputs, node.reads);
  SLUICE_ASSIGN(plan.schema, bind_view(session_, node.sql));
  SLUICE_TRY(check_casts(session_, node.sql, plan.inputs));
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
    if (!node.read_whole && is_row_by_row(node)) {
      SLUICE_TRY(read_results_as_streams(node, OutputMode::kUpdate, plan));
    } else {
      SLUICE_TRY(plan_over_result(node, plan));
    }
  }
  const std::string name = plan.name;
  note_origin(node, plan);
  SLUICE_TRY(add_rows_before(node, plan));
  plan_.views.push_back(std::move(plan));
  if (node.sql.text().late_to.empty()) return {};
  return add_late_rows(node, *plan_.find(name));
}

/// What the planner of its kind has not noted.
void Planner::note_origin(const Node& node, ViewPlan& plan) {
  const ViewText& text = node.sql.text();
  plan.origin.sql = text.sql;
  plan.origin.reads = plan.inputs;
  std::ranges::sort(plan.origin.reads);
  if (!text.deduplicate) return;
  for (const Deduplicate::Column& column : text.deduplicate->by) {
    plan.origin.deduplicate += (plan.origin.deduplicate.empty() ? "by " : ", ") + column.name;
  }
  if (text.deduplicate->within_us) {
    plan.origin.deduplicate += " within " + std::to_string(*text.deduplicate->within_us) + " us";
  }
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
  if (reaches_sink(late.name)) note_columns(late.inputs, reads);
  streams_.insert(lower(late.name));
  SLUICE_TRY(define(late.name, select));
  plan_.views.push_back(std::move(late));
  return {};
}

bool Planner::reaches_sink(const std::string& view) const {
  const auto node = nodes_.find(view);
  if (node != nodes_.end() && !node->second.wanted.empty()) return true;
  // The rows that come too late for a view are no node.
  const auto reads_it = [&view](const auto& entry) {
    const std::vector<std::string>& inputs = entry.second.reads.inputs;
    return !entry.second.wanted.empty() && std::ranges::find(inputs, view) != inputs.end();
  };
  return request_.sinks.empty() || std::ranges::any_of(nodes_, reads_it) ||
         std::ranges::find(request_.sinks, view, &SinkText::from) != request_.sinks.end();
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

}  // namespace sluice::sql
