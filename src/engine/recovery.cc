#include "engine/recovery.h"

#include <algorithm>

#include "base/crash_point.h"
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

}  // namespace

std::vector<Outlet> outlets_of(Pipeline& pipeline) {
  std::vector<Outlet> outlets;
  for (SinkPart& part : pipeline.sinks) {
    outlets.push_back({part.name, part.sink.get(), part.mode, &part, nullptr});
  }
  for (SourcePart& source : pipeline.sources) {
    if (source.decoder == nullptr) continue;
    outlets.push_back({"dead_letter:" + source.name, source.dead_letter.get(),
                       connector::OutputMode::kAppend, nullptr, &source});
  }
  return outlets;
}

Result<int> recover(const std::vector<Outlet>& outlets, const state::Position& position) {
  int published = 0;
  for (const state::OutboxEntry& entry : position.outbox) {
    const Outlet* outlet = find_outlet(outlets, entry.sink);
    if (outlet == nullptr) return orphan(entry);
    auto done = publish_entry(*outlet->sink, entry);
    if (!done) return std::move(done).error().with("recovery: sink " + entry.sink);
    if (*done) ++published;
    crash_point("recovery.redone_one");
  }
  for (const Outlet& outlet : outlets) {
    const auto known = position.sinks.find(outlet.name);
    if (outlet.sink->exactly_once()) {
      SLUICE_ASSIGN(const auto head, outlet.sink->head());
      SLUICE_TRY(
          verify_sink(outlet.name, head,
                      known == position.sinks.end() ? std::nullopt : std::optional(known->second)));
    }
    crash_point("recovery.verified_one");
    // Everything committed is published by now, so nothing that is still staged will be. As long as
    // this checkpoint has given the sink nothing, what is staged may be another checkpoint's.
    if (known != position.sinks.end()) SLUICE_TRY(outlet.sink->discard_all_but({}));
    crash_point("recovery.discarded_one");
  }
  return published;
}

}  // namespace sluice::engine
