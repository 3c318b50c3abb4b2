#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "sluice/base/result.h"
#include "sql/plan/plan_draft.h"
#include "sql/tree/view_reads.h"
#include "sql/tree/view_sql.h"

namespace sluice::sql {

/// A view on its way into the plan.
struct ViewNode {
  ViewSql sql;
  ViewReads reads;
  enum class Mark : unsigned char { kNew, kOpen, kDone } mark = Mark::kNew;
  /// What sinks ask of it, directly or through the views on top.
  std::set<connector::OutputMode> wanted;
  /// SinkText::key of those that want to know of rows that leave the result; an empty one for a
  /// view on top.
  std::vector<std::vector<std::string>> deleting_keys;
  bool deletes() const { return !deleting_keys.empty(); }
  /// All of its rows at once are asked for.
  bool wanted_whole() const {
    return wanted.empty() || wanted.contains(connector::OutputMode::kComplete);
  }
  /// A view on top needs all of its rows at once: the rows that changed would count as new ones.
  bool read_whole = false;
};

/// Each row of what the view reads becomes rows by itself. `beside_tables`: or by itself and by
/// rows of tables.
bool is_row_by_row(const ViewNode& node, const Relations& relations, bool beside_tables = false);

/// The views of a request: who reads whom, and what sinks ask of each through those that read it.
class ViewOrder {
 public:
  /// Parses the views, adds their names to the draft's relations, and defines the functions that
  /// they call. kUser: a name that is taken, SQL that no view may hold, views that read each other.
  static Result<ViewOrder> make(PlanDraft& draft);

  /// Inputs before their users.
  const std::vector<ViewNode*>& nodes() const { return order_; }
  /// Whether some sink or query depends on the view, or on its late rows; true where there are no
  /// sinks.
  bool is_needed(const std::string& view) const;

  /// A query of the request.
  struct Query {
    ViewSql sql;
    ViewReads reads;
  };
  const std::vector<Query>& queries() const { return queries_; }

 private:
  explicit ViewOrder(const PlanRequest& request) : request_(request) {}
  Status parse(PlanDraft& draft);
  Status visit(ViewNode& node);
  void pass_down_modes(const Relations& relations);
  void pass_down_need();

  const PlanRequest& request_;
  std::map<std::string, ViewNode> nodes_;    ///< by declared name
  std::map<std::string, std::string> late_;  ///< name of late rows -> the view they are late for
  std::vector<ViewNode*> order_;             ///< of nodes_
  std::vector<Query> queries_;
  std::set<std::string> needed_;  ///< names that sinks and queries depend on
};

}  // namespace sluice::sql
