#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "sql/plan/plan.h"
#include "sql/tree/view_reads.h"
#include "sql/tree/view_sql.h"
#include "sql/view/event_time.h"

namespace sluice::sql {

/// A view on its way into the plan.
struct Node {
  ViewSql sql;
  ViewReads reads;
  enum class Mark : unsigned char { kNew, kOpen, kDone } mark = Mark::kNew;
  /// What sinks ask of it, directly or through the views on top.
  std::set<connector::OutputMode> wanted;
  /// SinkText::key of those that want to know of rows that leave the result; an empty one for a
  /// view on top.
  std::vector<std::vector<std::string>> deleting_keys;
  bool deletes() const { return !deleting_keys.empty(); }
  /// A view on top needs all of its rows at once: the rows that changed would count as new ones.
  bool read_whole = false;
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
  Status keep_last_result(const std::string& select, bool deletes, ViewPlan& plan);
  Status read_results_as_streams(Node& node, connector::OutputMode mode, ViewPlan& plan);
  Status read_other_rows(Json& query, const std::map<std::string, std::string>& tables);
  Status add_rows_before(const Node& node, ViewPlan& plan);
  Status define_before(const ViewPlan& plan);
  static void note_origin(const Node& node, ViewPlan& plan);
  Status add_late_rows(const Node& node, const ViewPlan& result);
  Status define(const std::string& name, const std::string& select);
  void note_columns(const std::vector<std::string>& inputs, const ViewReads& reads);
  bool is_result(const std::string& name) const { return results_.contains(lower(name)); }
  bool is_static(const std::string& name) const { return static_.contains(lower(name)); }
  /// Whether some sink depends on the view; true where there are no sinks.
  bool reaches_sink(const std::string& view) const;
  bool sink_wants(const std::string& view, connector::OutputMode mode) const;
  /// Each row of what it reads becomes rows by itself. `beside_tables`: or by itself and by rows of
  /// tables.
  bool is_row_by_row(const Node& node, bool beside_tables = false) const;

  Session& session_;
  const PlanRequest& request_;
  KnownNames known_;
  std::map<std::string, std::set<std::string>> source_columns_;  ///< as declared
  std::set<std::string> streams_;      ///< lower-case names whose rows come batch by batch
  std::set<std::string> results_;      ///< lower-case names of aggregates and what reads them
  std::set<std::string> static_;       ///< lower-case names of tables and of views over them alone
  EventTimesByName events_;            ///< of streams
  std::map<std::string, Node> nodes_;  ///< by declared name
  std::map<std::string, std::string> late_;  ///< name of late rows -> the view they are late for
  std::vector<Node*> order_;                 ///< inputs before their users
  Plan plan_;
};

}  // namespace sluice::sql
