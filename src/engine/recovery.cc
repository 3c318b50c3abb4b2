#include "engine/recovery.h"

#include <algorithm>

#include "base/crash_point.h"
#include "engine/claims.h"
#include "engine/publisher.h"

namespace sluice::engine {
namespace {

const Outlet* find_outlet(const std::vector<Outlet>& outlets, const std::string& name) {
  const auto found = std::ranges::find(outlets, name, &Outlet::name);
  return found == outlets.end() ? nullptr : &*found;
}

Error orphan(const state::OutboxEntry& entry) {
  return user_error(
      "E_OUTBOX_ORPHAN: batch " + std::to_string(entry.staged.batch) +
      " has rows staged for sink '" + entry.sink +
      "', which is no longer in the pipeline file; rows=" + std::to_string(entry.staged.rows) +
      "; put the sink back for one run, so that they get there");
}

std::optional<state::SinkPosition> expected_of(const Outlet& outlet,
                                               const state::Position& position) {
  const auto known = position.sinks.find(outlet.name);
  return known == position.sinks.end() ? std::nullopt : std::optional(known->second);
}

Status compare_head(const Outlet& outlet, const state::Position& position) {
  const auto entry = std::ranges::find(position.outbox, outlet.name, &state::OutboxEntry::sink);
  if (entry == position.outbox.end()) {
    return verify_head(outlet.name, *outlet.sink, expected_of(outlet, position));
  }
  const auto presence = presence_of(*outlet.sink, *entry);
  if (presence) return {};
  if (presence.error().kind() != Kind::kTransient) withdraw(*outlet.sink, *entry);
  return presence.error().clone();
}

/// Who has written instead says more than that somebody has.
Status name_rival(Status compared, const Outlet& outlet) {
  if (compared) return compared;
  const Kind kind = compared.error().kind();
  if (kind != Kind::kConflict && kind != Kind::kCorruption) return compared;
  auto held = outlet.sink->check_claim(nullptr);
  return !held && held.error().kind() == Kind::kConflict ? std::move(held) : std::move(compared);
}

/// Before anything is changed: a run that cannot go on leaves all as it is.
Status compare_heads(const std::vector<Outlet>& outlets, const state::Position& position,
                     const Retries& retries) {
  for (const state::OutboxEntry& entry : position.outbox) {
    if (find_outlet(outlets, entry.sink) == nullptr) return orphan(entry);
  }
  for (const Outlet& outlet : outlets) {
    if (!outlet.has_head()) continue;
    auto same = retries.run_at_start("look at sink " + outlet.name, [&] {
      return name_rival(compare_head(outlet, position), outlet);
    });
    if (!same) return std::move(same).error().with("recovery: sink " + outlet.name);
    crash_point("recovery.compared_one");
  }
  return {};
}

}  // namespace

std::vector<Outlet> outlets_of(Pipeline& pipeline) {
  std::vector<Outlet> outlets;
  for (SinkPart& part : pipeline.sinks) {
    outlets.push_back({part.name, part.sink.get(), part.mode, &part, nullptr, part.promise});
  }
  for (SourcePart& source : pipeline.sources) {
    if (source.decoder == nullptr) continue;
    outlets.push_back({"dead_letter:" + source.name, source.dead_letter.get(),
                       connector::OutputMode::kAppend, nullptr, &source,
                       source.dead_letter_promise});
  }
  return outlets;
}

Result<int> recover(const std::vector<Outlet>& outlets, const state::Position& position,
                    Claims& claims, const Retries& retries) {
  SLUICE_TRY(compare_heads(outlets, position, retries));
  int published = 0;
  for (const state::OutboxEntry& entry : position.outbox) {
    const Outlet& outlet = *find_outlet(outlets, entry.sink);
    auto done = retries.run_at_start(
        "publish batch " + std::to_string(entry.staged.batch) + " to " + entry.sink,
        [&]() -> Result<bool> {
          SLUICE_TRY(claims.hold_for_outbox(outlet));
          return publish_entry(*outlet.sink, outlet.promise, entry);
        });
    if (!done) return std::move(done).error().with("recovery: sink " + entry.sink);
    if (*done) ++published;
    crash_point("recovery.redone_one");
  }
  for (const Outlet& outlet : outlets) {
    const auto expected = expected_of(outlet, position);
    // As long as this checkpoint has given the sink nothing, what is staged may be another one's.
    if (!expected) continue;
    auto done = retries.run_at_start("look at sink " + outlet.name, [&]() -> Status {
      SLUICE_TRY(claims.hold(outlet, expected));
      if (outlet.has_head()) {
        SLUICE_TRY(verify_head(outlet.name, *outlet.sink, expected));
      }
      crash_point("recovery.verified_one");
      // Everything committed is published by now, so nothing that is still staged will be.
      return outlet.sink->discard_staged();
    });
    if (!done) return std::move(done).error().with("recovery: sink " + outlet.name);
    crash_point("recovery.discarded_one");
  }
  return published;
}

}  // namespace sluice::engine
