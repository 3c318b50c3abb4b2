#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <utility>

#include "engine/engine.h"
#include "engine/pipeline.h"
#include "engine/watch.h"
#include "sluice/base/result.h"
#include "state/checkpoint.h"

namespace sluice::engine {

/// When the batches of a run begin and whether more are to come: by the trigger, by what others ask
/// (Control), by the ends of the sources. Engine thread only; all that it is made of outlives it.
class Schedule {
 public:
  using Offsets = std::map<std::string, data::Offset>;  ///< by source

  /// `save`: between two batches, when a savepoint is asked for.
  Schedule(Pipeline& pipeline, const Surroundings& surroundings, state::Checkpoint& checkpoint,
           Watch& watch, std::function<void()> save)
      : pipeline_(pipeline),
        surroundings_(surroundings),
        checkpoint_(checkpoint),
        watch_(watch),
        save_(std::move(save)),
        tick_(surroundings.clock.steady()) {}

  /// Between two batches: blocks until the next one is due. The first is due at once. False: no
  /// other is to come, since the run is to stop or another goes on in its place.
  Result<bool> wait(std::stop_token stop);
  /// The next batch is due at the trigger's next tick. Ticks keep their grid; those that a long
  /// batch has swallowed are not made up for.
  void wait_for_tick();

  /// What the sources had at some moment is all that is read: available_now, or a drain.
  bool is_bounded() const {
    return draining_ || pipeline_.trigger.kind == Trigger::Kind::kAvailableNow;
  }
  /// Of a run with such bounds: whether it waits for a source that has not ended yet.
  bool waits_for_more(const Offsets& offsets) const;
  bool all_ended(const Offsets& offsets) const;

 private:
  /// Does what the control asks, holds while it is paused. As wait().
  Result<bool> follow_orders(const std::stop_token& stop);
  /// False: a source has no moment at which it holds all, so the run ends at once.
  Result<bool> begin_drain(const std::stop_token& stop);
  /// The next tick is not waited for.
  bool is_hurried();
  /// Until a watcher is to be called, at most; true: until the tick.
  bool sleep_until_tick(const std::stop_token& stop);

  Pipeline& pipeline_;
  const Surroundings& surroundings_;
  state::Checkpoint& checkpoint_;
  Watch& watch_;
  const std::function<void()> save_;
  std::chrono::nanoseconds tick_;
  bool due_ = true;
  bool draining_ = false;
};

}  // namespace sluice::engine
