#include "engine/schedule.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "engine/control.h"
#include "engine/retries.h"

namespace sluice::engine {

Result<bool> Schedule::wait(std::stop_token stop) {
  while (true) {
    SLUICE_ASSIGN(const bool goes_on, follow_orders(stop));
    if (!goes_on) return false;
    if (is_hurried() || due_) return true;
    SLUICE_TRY(watch_.between(surroundings_.clock.now(), nullptr));
    due_ = sleep_until_tick(stop);
  }
}

void Schedule::wait_for_tick() {
  due_ = false;
  const auto now = surroundings_.clock.steady();
  const std::chrono::nanoseconds every = pipeline_.trigger.every;
  if (now >= tick_) tick_ += every * std::max<std::int64_t>(1, (now - tick_ + every) / every);
}

bool Schedule::waits_for_more(const Offsets& offsets) const {
  return !draining_ && std::ranges::any_of(pipeline_.sources, [&](const SourcePart& source) {
    return !source.until &&
           source.source->ending(offsets.at(source.name)) == connector::Ending::kPending;
  });
}

bool Schedule::all_ended(const Offsets& offsets) const {
  return !pipeline_.sources.empty() &&
         std::ranges::all_of(pipeline_.sources, [&](const SourcePart& source) {
           return source.source->ending(offsets.at(source.name)) == connector::Ending::kEnded;
         });
}

Result<bool> Schedule::follow_orders(const std::stop_token& stop) {
  Control* const control = surroundings_.control;
  while (control != nullptr && !stop.stop_requested()) {
    const Control::Orders orders = control->orders();
    if (orders.save) {
      save_();
      continue;
    }
    if (orders.look) {
      if (control->answer(checkpoint_)) return false;
      continue;
    }
    if (orders.drain && !draining_) {
      SLUICE_ASSIGN(draining_, begin_drain(stop));
      if (!draining_) return false;
    }
    if (!orders.paused) return true;
    SLUICE_TRY(watch_.rest(surroundings_.clock.now()));
    surroundings_.listener.on_hold(true);
    while (control->hold(stop)) {
      save_();
      SLUICE_TRY(watch_.rest(surroundings_.clock.now()));
    }
    surroundings_.listener.on_hold(false);
    watch_.resume(surroundings_.clock.now());
  }
  return !stop.stop_requested();
}

Result<bool> Schedule::begin_drain(const std::stop_token& stop) {
  const bool is_frozen = pipeline_.trigger.kind == Trigger::Kind::kAvailableNow;
  const Retries retries(pipeline_, surroundings_, stop);
  for (SourcePart& source : pipeline_.sources) {
    if (is_frozen && source.source->ending({}) == connector::Ending::kNever) continue;
    auto frozen = retries.run("drain source " + source.name,
                              [&source] { return source.source->freeze_now(); });
    if (frozen) continue;
    Error error = std::move(frozen).error().with("drain: source " + source.name);
    if (error.kind() != Kind::kUser) return error;
    log_warn(error.message() + "; the run ends here instead");
    return false;
  }
  return true;
}

bool Schedule::is_hurried() {
  const bool triggered = surroundings_.control != nullptr && surroundings_.control->take_trigger();
  return triggered || draining_;
}

bool Schedule::sleep_until_tick(const std::stop_token& stop) {
  const Clock& clock = surroundings_.clock;
  std::chrono::nanoseconds deadline = tick_;
  if (const std::optional<Micros> next = watch_.next()) {
    const std::chrono::microseconds pause(std::max<Micros>(0, *next - clock.now()));
    deadline = std::min<std::chrono::nanoseconds>(deadline, clock.steady() + pause);
  }
  Control* const control = surroundings_.control;
  const bool slept = control != nullptr ? control->sleep_until(clock, deadline, stop)
                                        : clock.sleep_until(deadline, stop);
  return slept && deadline == tick_;
}

}  // namespace sluice::engine
