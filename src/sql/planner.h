#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "sql/event_time.h"
#include "sql/plan.h"
#include "sql/view_reads.h"
#include "sql/view_sql.h"

namespace sluice::sql {

/// A view on its way into the plan.
struct Node {
  ViewSql sql;
  ViewReads reads;
  enum class Mark : unsigned char { kNew, kOpen, kDone } mark = Mark::kNew;
  /// What sinks ask of it, directly or through the views on top.
  std::set<connector::OutputMode> wanted;
};

/// Makes a plan (make_plan): the sources, then the views in the order in which they read each
/// other, each by what it reads. Used once.
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
  Status read_results_as_streams(Node& node, connector::OutputMode mode, ViewPlan& plan);
  static void note_origin(const Node& node, ViewPlan& plan);
  Status add_late_rows(const Node& node, const ViewPlan& result);
  Status define(const std::string& name, const std::string& select);
  void note_columns(const std::vector<std::string>& inputs, const ViewReads& reads);
  bool is_result(const std::string& name) const { return results_.contains(lower(name)); }
  bool is_static(const std::string& name) const { return static_.contains(lower(name)); }
  /// Whether some sink depends on the view; true where there are no sinks.
  bool reaches_sink(const std::string& view) const;
  bool sink_wants(const std::string& view, connector::OutputMode mode) const;
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

}  // namespace sluice::sql
