#pragma once

#include <atomic>
#include <utility>

#include "base/clock.h"

namespace sluice {

/// A clock on which an hour passes each time somebody looks at it: whoever sleeps on it is awake at
/// once, and whoever waits for an hour by another clock shows.
class LeapingClock final : public Clock {
 public:
  Micros now() const override {
    return std::chrono::duration_cast<std::chrono::microseconds>(steady_time()).count();
  }
  std::chrono::nanoseconds steady() const override { return steady_time(); }
  bool sleep_until(std::chrono::nanoseconds deadline, std::stop_token stop) const override {
    while (steady_time() < deadline) {
      if (stop.stop_requested()) return false;
    }
    return true;
  }

 private:
  std::chrono::hours steady_time() const { return std::chrono::hours(++hours_); }

  mutable std::atomic<int> hours_{0};
};

}  // namespace sluice
