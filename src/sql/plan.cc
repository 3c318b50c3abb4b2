#include "sql/plan.h"

#include <algorithm>
#include <map>
#include <utility>

#include "sql/aggregate_plan.h"
#include "sql/ast.h"
#include "sql/bind_view.h"
#include "sql/spark_functions.h"
#include "sql/stream_check.h"
#include "sql/view_reads.h"
#include "sql/view_sql.h"

namespace sluice::sql {
namespace {

using connector::OutputMode;
using data::quote_identifier;

/// A view on its way into the plan.
struct Node {
  ViewSql sql;
  ViewReads reads;
  enum class Mark : unsigned char { kNew, kOpen, kDone } mark = Mark::kNew;
};

class Planner {
 public:
  explicit Planner(Session& session) : session_(session) {}

  Status add_sources(const std::vector<std::string>& sources);
  Status add_views(const std::vector<ViewText>& views);
  Result<Plan> take() { return std::move(plan_); }

 private:
  Status visit(Node& node);
  Status plan_view(const Node& node);
  Status plan_stateless(const Node& node, ViewPlan& plan);
  Status plan_over_result(const Node& node, ViewPlan& plan);
  void note_columns(const ViewReads& reads);

  Session& session_;
  KnownNames known_;
  std::map<std::string, std::set<std::string>> source_columns_;  ///< as declared
  std::set<std::string> streams_;      ///< lower-case names whose rows come batch by batch
  std::set<std::string> results_;      ///< lower-case names of aggregates and what stands on them
  std::map<std::string, Node> nodes_;  ///< by declared name
  Plan plan_;
};

Status Planner::add_sources(const std::vector<std::string>& sources) {
  for (const std::string& name : sources) {
    known_[lower(name)] = name;
    streams_.insert(lower(name));
    SLUICE_ASSIGN(const data::Schema schema,
                  session_.describe("SELECT * FROM " + quote_identifier(name)));
    for (const data::Field& field : schema.fields()) source_columns_[name].insert(field.name);
    plan_.source_columns[name];
  }
  return {};
}

Status Planner::add_views(const std::vector<ViewText>& views) {
  for (const ViewText& view : views) {
    if (!known_.emplace(lower(view.name), view.name).second) {
      return ViewSql::error_at(view, 0, "the name is taken by another view or source");
    }
  }
  std::set<std::string> functions;
  for (const ViewText& view : views) {
    SLUICE_ASSIGN(ViewSql sql, parse_view(session_, view));
    SLUICE_ASSIGN(ViewReads reads, find_reads(sql, known_));
    functions.insert(reads.functions.begin(), reads.functions.end());
    nodes_.emplace(view.name, Node{std::move(sql), std::move(reads)});
  }
  SLUICE_TRY(define_spark_functions(session_, functions));
  for (const ViewText& view : views) SLUICE_TRY(visit(nodes_.at(view.name)));
  return {};
}

/// Inputs before their users.
Status Planner::visit(Node& node) {
  if (node.mark == Node::Mark::kDone) return {};
  if (node.mark == Node::Mark::kOpen) {
    return node.sql.error("reads itself, directly or through other views");
  }
  node.mark = Node::Mark::kOpen;
  for (const std::string& input : node.reads.inputs) {
    const auto below = nodes_.find(input);
    if (below == nodes_.end()) continue;
    if (auto visited = visit(below->second); !visited) return visited;
  }
  node.mark = Node::Mark::kDone;
  return plan_view(node);
}

Status Planner::plan_view(const Node& node) {
  ViewPlan plan;
  plan.name = node.sql.name();
  plan.inputs = node.reads.inputs;
  note_columns(node.reads);
  SLUICE_ASSIGN(plan.schema, bind_view(session_, node.sql));
  const bool over_result =
      std::any_of(plan.inputs.begin(), plan.inputs.end(),
                  [this](const std::string& name) { return results_.contains(lower(name)); });
  if (over_result) {
    SLUICE_TRY(plan_over_result(node, plan));
  } else {
    SLUICE_ASSIGN(const StreamUse use, check_streams(node.sql, streams_));
    if (use == StreamUse::kAggregate) {
      plan.kind = ViewKind::kAggregate;
      const data::Schema bound = plan.schema;
      SLUICE_TRY(plan_aggregate(session_, node.sql, bound, plan));
      results_.insert(lower(plan.name));
    } else {
      SLUICE_TRY(plan_stateless(node, plan));
      if (use == StreamUse::kNone) {
        plan.modes.clear();
      } else {
        streams_.insert(lower(plan.name));
      }
    }
  }
  plan_.views.push_back(std::move(plan));
  return {};
}

Status Planner::plan_stateless(const Node& node, ViewPlan& plan) {
  SLUICE_TRY(check_row_by_row(session_, node.sql));
  plan.kind = ViewKind::kStateless;
  plan.modes = {OutputMode::kAppend, OutputMode::kUpdate};
  plan.select = "SELECT * FROM " + quote_identifier(plan.name);
  return session_.execute("CREATE OR REPLACE TEMP VIEW " + quote_identifier(plan.name) + " AS " +
                          node.sql.statement());
}

Status Planner::plan_over_result(const Node& node, ViewPlan& plan) {
  for (const std::string& input : plan.inputs) {
    if (!streams_.contains(lower(input))) continue;
    return node.sql.error("reads the stream '" + input +
                          "' beside the result of an aggregate, "
                          "which is not possible yet");
  }
  plan.kind = ViewKind::kOverResult;
  plan.modes = {OutputMode::kComplete};
  plan.select = "SELECT * FROM " + quote_identifier(plan.name);
  results_.insert(lower(plan.name));
  return session_.execute("CREATE OR REPLACE TEMP VIEW " + quote_identifier(plan.name) + " AS " +
                          node.sql.statement());
}

void Planner::note_columns(const ViewReads& reads) {
  for (const std::string& input : reads.inputs) {
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

const ViewPlan* Plan::find(std::string_view name) const {
  for (const ViewPlan& view : views) {
    if (view.name == name) return &view;
  }
  return nullptr;
}

Result<Plan> make_plan(Session& session, const std::vector<ViewText>& views,
                       const std::vector<std::string>& sources) {
  Planner planner(session);
  SLUICE_TRY(planner.add_sources(sources));
  SLUICE_TRY(planner.add_views(views));
  return planner.take();
}

Status check_mode(const ViewPlan& view, OutputMode mode) {
  if (view.modes.contains(mode)) return {};
  const std::string subject = "view '" + view.name + "': mode " +
                              std::string(connector::output_mode_name(mode)) + " is not possible ";
  if (view.modes.empty()) {
    return user_error(subject +
                      "since it reads no source: the same rows would come in every "
                      "batch; join it with a source");
  }
  if (view.kind == ViewKind::kStateless) {
    return user_error(subject +
                      "without an aggregate: there is no result table to show whole; use "
                      "mode: append");
  }
  if (view.kind == ViewKind::kOverResult) {
    return user_error(subject + "over the result of an aggregate; use mode: complete");
  }
  if (mode == OutputMode::kAppend) {
    return user_error(subject +
                      "for an aggregate without a watermark: a later batch may still "
                      "change every row; use mode: update or complete");
  }
  return user_error(subject +
                    "with ORDER BY, LIMIT, DISTINCT or window functions over the "
                    "aggregate: a change of one row changes others; use mode: complete");
}

}  // namespace sluice::sql
