#include "engine/graph.h"

namespace sluice::engine {

Graph::Graph(const Pipeline& pipeline, const sql::Plan& plan) : plan_(plan) {
  for (const SourcePart& source : pipeline.sources) {
    sources_[source.name] = {source.name};
    if (source.source != nullptr && source.source->is_columnar()) columnar_.insert(source.name);
  }
  // Inputs come before their users in a plan.
  for (const sql::ViewPlan& view : plan.views) {
    std::set<std::string>& below = sources_[view.name];
    for (const std::string& input : view.inputs) below.merge(std::set(sources_[input]));
  }
  for (const SinkPart& sink : pipeline.sinks) reach(sink.from);
  for (const sql::QueryPlan& query : plan.queries) {
    std::set<std::string>& below = sources_[query.name];
    for (const std::string& input : query.inputs) {
      below.merge(std::set(sources_[input]));
      // Not every batch is looked at, so it keeps nothing for those who look.
      if (!live(input)) reach(input);
    }
  }
  // The watermark reads its source or view, too.
  for (const auto& [name, select] : plan.latest_event_time) {
    if (readers_.contains(name)) ++readers_[name];
  }
}

void Graph::reach(const std::string& name) {
  // The first reader makes the node live, and so a reader of its own inputs.
  if (++readers_[name] > 1) return;
  const sql::ViewPlan* view = plan_.find(name);
  if (view == nullptr) return;
  for (const std::string& input : view->inputs) reach(input);
}

std::set<std::string> Graph::live_names() const {
  std::set<std::string> names;
  for (const auto& [name, count] : readers_) names.insert(name);
  return names;
}

bool Graph::materialised(const std::string& name) const {
  const sql::ViewPlan* view = plan_.find(name);
  if ((view != nullptr && view->has_state()) || columnar_.contains(name)) return false;
  const auto readers = readers_.find(name);
  return readers != readers_.end() && readers->second > 1;
}

const std::set<std::string>& Graph::sources_of(const std::string& name) const {
  return sources_.at(name);
}

}  // namespace sluice::engine
