#pragma once

#include <algorithm>

#include "base/clock.h"

namespace sluice {

/// A clock on which time passes for those alone who sleep on it, at once. One thread at a time.
class SleepingClock final : public Clock {
 public:
  Micros now() const override {
    constexpr Micros kStart = 1'700'000'000'000'000;
    return kStart + std::chrono::duration_cast<std::chrono::microseconds>(time_).count();
  }
  std::chrono::nanoseconds steady() const override { return time_; }
  bool sleep_until(std::chrono::nanoseconds deadline, std::stop_token stop) const override {
    if (stop.stop_requested()) return false;
    time_ = std::max(time_, deadline);
    return true;
  }

 private:
  mutable std::chrono::nanoseconds time_ = std::chrono::seconds(1);
};

}  // namespace sluice
