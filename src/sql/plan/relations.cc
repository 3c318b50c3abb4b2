#include "sql/plan/relations.h"

#include <utility>

#include "sql/tree/ast.h"

namespace sluice::sql {

Relations::Relations(const PlanRequest& request) {
  for (const SourceText& source : request.sources) {
    names_[lower(source.name)] = source.name;
    set_stream(source.name);
  }
  for (const std::string& table : request.tables) {
    names_[lower(table)] = table;
    set_static(table);
  }
}

bool Relations::add(const std::string& name) { return names_.emplace(lower(name), name).second; }

void Relations::set_stream(const std::string& name) { streams_.insert(lower(name)); }
void Relations::set_result(const std::string& name) { results_.insert(lower(name)); }
void Relations::set_static(const std::string& name) { static_.insert(lower(name)); }

bool Relations::is_stream(const std::string& name) const { return streams_.contains(lower(name)); }
bool Relations::is_result(const std::string& name) const { return results_.contains(lower(name)); }
bool Relations::is_static(const std::string& name) const { return static_.contains(lower(name)); }

void Relations::set_event_times(const std::string& name, EventTimes times) {
  event_times_[lower(name)] = std::move(times);
}

EventTimes Relations::event_times_of(const std::string& name) const {
  const auto found = event_times_.find(lower(name));
  return found == event_times_.end() ? EventTimes() : found->second;
}

}  // namespace sluice::sql
