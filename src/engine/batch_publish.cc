// What a batch leaves in the outbox, into the sinks: see batch_loop.h.
#include <algorithm>
#include <vector>

#include "base/crash_point.h"
#include "engine/batch_loop.h"
#include "engine/publisher.h"

namespace sluice::engine {

Status BatchLoop::publish(BatchInHand& batch, const Retries& retries) {
  const auto publish_one = [&](const state::OutboxEntry& entry, bool is_last) -> Result<bool> {
    const auto outlet = std::ranges::find(outlets_, entry.sink, &Outlet::name);
    const auto start = surroundings_.clock.steady();
    const std::string what = "publish batch " + std::to_string(batch.id) + " to " + entry.sink;
    const auto step = [&] { return publish_entry(*outlet->sink, outlet->promise, entry); };
    auto result = is_last ? retries.run_looking(what, step) : step();
    const bool comes_again = !result && !is_last && Retries::may_pass(result.error().kind(), true);
    if (comes_again) return false;
    // A run that slept here while another took its place finds that one's batches.
    if (!result) {
      return Claims::explain(std::move(result).error().with("sink " + entry.sink), outlets_);
    }
    sink_positions_[entry.sink] = {batch.id, batch.plan_hash};
    const auto sink = std::ranges::find(batch.progress.sinks, entry.sink, &SinkProgress::name);
    if (sink != batch.progress.sinks.end()) sink->duration_us += micros_since(start);
    crash_point("engine.published_one");
    return true;
  };
  // What one waits for may be what another has begun: it comes again after the others.
  std::vector<const state::OutboxEntry*> again;
  for (const state::OutboxEntry& entry : batch.outbox) {
    SLUICE_ASSIGN(const bool done, publish_one(entry, batch.outbox.size() == 1));
    if (!done) again.push_back(&entry);
  }
  for (const state::OutboxEntry* entry : again) SLUICE_TRY(publish_one(*entry, /*is_last=*/true));
  crash_point("engine.published");
  lap(batch, "publish");
  return {};
}

}  // namespace sluice::engine
