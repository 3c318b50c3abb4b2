#include "engine/compatibility.h"

#include <algorithm>
#include <string>

#include "base/log.h"
#include "engine/source_positions.h"
#include "sql/view/kept_state.h"

namespace sluice::engine {
namespace {

Error other_sql(const sql::ViewPlan& view, const std::string& known) {
  return user_error("E_STATE_CHANGED: view '" + view.name +
                    "' keeps state that was made by other SQL\n" +
                    sql::state_difference(known, view) +
                    "\n  take the change back, give the view another name (its state starts "
                    "empty), or use another checkpoint (everything is read again)");
}

Error other_time_zone(const Pipeline& pipeline, const std::string& known) {
  const std::string place = pipeline.time_zone_location.to_string();
  return user_error((place.empty() ? "" : place + ": ") +
                    "E_STATE_CHANGED: the views' state was made with timezone: " + known +
                    ", and the pipeline has timezone: " + pipeline.time_zone +
                    " now\n  take the change back, or use another checkpoint (everything is read "
                    "again)");
}

}  // namespace

Status check_compatible(const Pipeline& pipeline, const sql::Plan& plan,
                        const state::Position& position, state::Checkpoint& checkpoint) {
  SLUICE_TRY(check_positions(pipeline, position));
  // Keys and aggregates may be of the zone's days and hours.
  SLUICE_ASSIGN(const auto zone, checkpoint.time_zone());
  const bool kept = std::ranges::any_of(plan.views, &sql::ViewPlan::has_state);
  if (zone && zone != pipeline.time_zone && kept) return other_time_zone(pipeline, *zone);
  for (const sql::ViewPlan& view : plan.views) {
    const auto known = position.fingerprints.find(view.name);
    if (!view.has_state() || known == position.fingerprints.end()) continue;
    SLUICE_ASSIGN(const sql::StateMatch match,
                  sql::match_state(checkpoint.session(), known->second, view));
    if (match == sql::StateMatch::kOther) return other_sql(view, known->second);
  }
  return {};
}

Status note_state(const Pipeline& pipeline, const sql::Plan& plan, const state::Position& position,
                  state::Checkpoint& checkpoint) {
  SLUICE_ASSIGN(const auto zone, checkpoint.time_zone());
  if (zone != pipeline.time_zone) SLUICE_TRY(checkpoint.set_time_zone(pipeline.time_zone));
  for (const sql::ViewPlan& view : plan.views) {
    if (!view.has_state()) continue;
    const auto known = position.fingerprints.find(view.name);
    if (known == position.fingerprints.end()) {
      if (position.next_batch > 0) {
        log_warn("view " + view.name + " is new: its state starts with batch " +
                 std::to_string(position.next_batch));
      }
      SLUICE_TRY(checkpoint.set_fingerprint(view.name, sql::note_of_state(view)));
      continue;
    }
    const std::string note = sql::note_of_state(view);
    if (note != known->second) SLUICE_TRY(checkpoint.set_fingerprint(view.name, note));
  }
  return {};
}

}  // namespace sluice::engine
