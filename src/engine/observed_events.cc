#include "engine/observed_events.h"

#include <algorithm>
#include <set>

namespace sluice::engine {

bool moves_watermark(const std::string& source, const BatchSql& sql, const EventClock& clock) {
  return std::ranges::any_of(sql.plan().latest_event_time, [&](const auto& entry) {
    return clock.counts(entry.first) && sql.graph().sources_of(entry.first).contains(source);
  });
}

Status observe_events(BatchSql& sql,
                      const std::map<std::string, std::unique_ptr<data::RecordBatch>>& records,
                      Micros now, EventClock& clock) {
  for (const auto& [name, select] : sql.plan().latest_event_time) {
    const std::set<std::string>& sources = sql.graph().sources_of(name);
    const bool rows_came = std::ranges::any_of(
        sources, [&records](const std::string& source) { return records.contains(source); });
    if (!rows_came || !clock.counts(name)) continue;
    SLUICE_ASSIGN(const BatchSql::Events events, sql.events_of(name));
    // A source whose records do not decode is not silent; a view that filters all of them is.
    if (events.rows > 0 || sources.contains(name)) clock.observe(name, events.latest, now);
  }
  return {};
}

}  // namespace sluice::engine
