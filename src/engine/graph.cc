#include "engine/graph.h"

namespace sluice::engine {
namespace {

/// By query.
std::vector<bool> asked_in_each_batch(const Pipeline& pipeline, const sql::Plan& plan) {
  std::vector<bool> in_each(plan.queries.size(), false);
  std::size_t at = 0;
  for (const auto& watcher : pipeline.watchers) {
    for (std::size_t left = watcher->queries().size(); left > 0 && at < in_each.size(); --left) {
      in_each[at] = watcher->looks_at_each_batch() && plan.queries[at].is_of_batch;
      ++at;
    }
  }
  return in_each;
}

}  // namespace

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
  const std::vector<bool> in_each = asked_in_each_batch(pipeline, plan);
  for (std::size_t i = 0; i < plan.queries.size(); ++i) {
    std::set<std::string>& below = sources_[plan.queries[i].name];
    for (const std::string& input : plan.queries[i].inputs) {
      below.merge(std::set(sources_[input]));
      // For those who do not look at every batch it keeps nothing.
      if (in_each[i] || !live(input)) reach(input);
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
