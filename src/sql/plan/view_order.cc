#include "sql/plan/view_order.h"

#include <algorithm>
#include <utility>

#include "sql/functions/spark_functions.h"
#include "sql/spark/parse_view.h"
#include "sql/tree/ast.h"
#include "sql/view/stream_check.h"

namespace sluice::sql {

bool is_row_by_row(const ViewNode& node, const Relations& relations, bool beside_tables) {
  std::set<std::string> all = relations.streams();
  for (const std::string& input : node.reads.inputs) {
    if (!beside_tables || !relations.is_static(input)) all.insert(lower(input));
  }
  const auto use = check_streams(node.sql, all);
  return use && *use == StreamUse::kRowByRow;
}

Result<ViewOrder> ViewOrder::make(PlanDraft& draft) {
  ViewOrder order(draft.request);
  SLUICE_TRY(order.parse(draft));
  for (const ViewText& view : draft.request.views) {
    SLUICE_TRY(order.visit(order.nodes_.at(view.name)));
  }
  order.pass_down_modes(draft.relations);
  order.pass_down_need();
  return order;
}

Status ViewOrder::parse(PlanDraft& draft) {
  for (const ViewText& view : request_.views) {
    for (const std::string& name : {view.name, view.late_to}) {
      if (name.empty() || draft.relations.add(name)) continue;
      return ViewSql::error_at(view, 0, "the name is taken by another view or source");
    }
    if (!view.late_to.empty()) late_[view.late_to] = view.name;
  }
  std::set<std::string> functions;
  for (const ViewText& view : request_.views) {
    SLUICE_ASSIGN(ViewSql sql, parse_view(draft.session, view));
    SLUICE_ASSIGN(ViewReads reads, find_reads(sql, draft.relations.names()));
    functions.insert(reads.functions.begin(), reads.functions.end());
    nodes_.emplace(view.name, ViewNode{std::move(sql), std::move(reads)});
  }
  for (const ViewText& query : request_.queries) {
    SLUICE_ASSIGN(ViewSql sql, parse_view(draft.session, query));
    SLUICE_ASSIGN(ViewReads reads, find_reads(sql, draft.relations.names()));
    functions.insert(reads.functions.begin(), reads.functions.end());
    queries_.push_back({std::move(sql), std::move(reads)});
  }
  return define_spark_functions(draft.session, functions);
}

/// Puts inputs before their users.
Status ViewOrder::visit(ViewNode& node) {
  if (node.mark == ViewNode::Mark::kDone) return {};
  if (node.mark == ViewNode::Mark::kOpen) {
    return node.sql.error("reads itself, directly or through other views");
  }
  node.mark = ViewNode::Mark::kOpen;
  for (const std::string& input : node.reads.inputs) {
    const auto late = late_.find(input);
    const auto below = nodes_.find(late == late_.end() ? input : late->second);
    if (below == nodes_.end()) continue;
    if (auto visited = visit(below->second); !visited) return visited;
  }
  node.mark = ViewNode::Mark::kDone;
  order_.push_back(&node);
  return {};
}

/// A view is read in the mode in which its readers are: what a sink gets once can only be made of
/// what came once.
void ViewOrder::pass_down_modes(const Relations& relations) {
  for (const SinkText& sink : request_.sinks) {
    const auto node = nodes_.find(sink.from);
    if (node == nodes_.end()) continue;
    node->second.wanted.insert(sink.mode);
    if (sink.deletes) node->second.deleting_keys.push_back(sink.key);
  }
  for (auto node = order_.rbegin(); node != order_.rend(); ++node) {
    const bool whole =
        (*node)->read_whole || !is_row_by_row(**node, relations, /*beside_tables=*/true);
    for (const std::string& input : (*node)->reads.inputs) {
      const auto below = nodes_.find(input);
      if (below == nodes_.end()) continue;
      below->second.wanted.insert((*node)->wanted.begin(), (*node)->wanted.end());
      if ((*node)->deletes()) below->second.deleting_keys.emplace_back();
      below->second.read_whole = below->second.read_whole || whole;
    }
  }
}

void ViewOrder::pass_down_need() {
  for (const SinkText& sink : request_.sinks) needed_.insert(sink.from);
  for (const Query& query : queries_) {
    needed_.insert(query.reads.inputs.begin(), query.reads.inputs.end());
  }
  for (auto node = order_.rbegin(); node != order_.rend(); ++node) {
    const ViewText& text = (*node)->sql.text();
    if (!needed_.contains(text.name) && !needed_.contains(text.late_to)) continue;
    needed_.insert((*node)->reads.inputs.begin(), (*node)->reads.inputs.end());
  }
}

bool ViewOrder::is_needed(const std::string& view) const {
  return request_.sinks.empty() || needed_.contains(view);
}

}  // namespace sluice::sql
