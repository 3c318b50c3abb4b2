#include "engine/compatibility.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "base/log.h"
#include "engine/source_positions.h"
#include "sql/view/kept_state.h"

namespace sluice::engine {
namespace {

/// How the note begins of a view that is in the pipeline no more: the batch before which it left.
constexpr std::string_view kLeft = "left before batch ";

struct Note {
  std::optional<data::BatchId> left;
  std::string text;
};

Note read_note(const std::string& fingerprint) {
  if (!fingerprint.starts_with(kLeft)) return {{}, fingerprint};
  const auto end = fingerprint.find(": ");
  if (end == std::string::npos) return {{}, fingerprint};
  data::BatchId batch = 0;
  const char* from = fingerprint.data() + kLeft.size();
  if (std::from_chars(from, fingerprint.data() + end, batch).ec != std::errc()) {
    return {{}, fingerprint};
  }
  return {batch, fingerprint.substr(end + 2)};
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

Result<KeptState> kept_state(const sql::ViewPlan& view, const state::Position& position,
                             sql::Session& session) {
  KeptState kept;
  const auto known = position.fingerprints.find(view.name);
  if (known == position.fingerprints.end()) return kept;
  const Note note = read_note(known->second);
  kept.note = note.text;
  kept.left = note.left.value_or(position.next_batch);
  SLUICE_ASSIGN(const sql::StateMatch match, sql::match_state(session, note.text, view));
  kept.fate = match == sql::StateMatch::kOther  ? KeptState::Fate::kOther
              : kept.left < position.next_batch ? KeptState::Fate::kLeft
                                                : KeptState::Fate::kSame;
  return kept;
}

Error state_error(const sql::ViewPlan& view, const KeptState& kept,
                  const state::Position& position) {
  const std::string subject = "E_STATE_CHANGED: view '" + view.name + "' ";
  const std::string ways =
      "let 'sluice rebuild' make it again from the sources, give the view another name (its state "
      "starts empty), or use another checkpoint (everything is read again)";
  if (kept.fate == KeptState::Fate::kLeft) {
    const data::BatchId last = position.next_batch - 1;
    return user_error(subject + "was not in the pipeline in " +
                      (kept.left == last ? "batch " + std::to_string(last)
                                         : "batches " + std::to_string(kept.left) + " to " +
                                               std::to_string(last)) +
                      ", whose rows its state lacks\n  " + ways);
  }
  return user_error(subject + "keeps state that was made by other SQL\n" +
                    sql::state_difference(kept.note, view) + "\n  take the change back, " + ways);
}

Status check_compatible(const Pipeline& pipeline, const sql::Plan& plan,
                        const state::Position& position, state::Checkpoint& checkpoint) {
  SLUICE_TRY(check_positions(pipeline, position));
  // Keys and aggregates may be of the zone's days and hours.
  SLUICE_ASSIGN(const auto zone, checkpoint.time_zone());
  const bool any_state = std::ranges::any_of(plan.views, &sql::ViewPlan::has_state);
  if (zone && zone != pipeline.time_zone && any_state) return other_time_zone(pipeline, *zone);
  for (const sql::ViewPlan& view : plan.views) {
    if (!view.has_state()) continue;
    SLUICE_ASSIGN(const KeptState kept, kept_state(view, position, checkpoint.session()));
    if (kept.fate == KeptState::Fate::kOther || kept.fate == KeptState::Fate::kLeft) {
      return state_error(view, kept, position);
    }
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
  for (const auto& [name, fingerprint] : position.fingerprints) {
    const sql::ViewPlan* view = plan.find(name);
    if ((view != nullptr && view->has_state()) || read_note(fingerprint).left) continue;
    SLUICE_TRY(checkpoint.set_fingerprint(
        name, std::string(kLeft) + std::to_string(position.next_batch) + ": " + fingerprint));
  }
  return {};
}

}  // namespace sluice::engine
