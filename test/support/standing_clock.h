#pragma once

#include <condition_variable>
#include <mutex>
#include <utility>

#include "base/clock.h"

namespace sluice {

/// A clock on which no time passes: who sleeps on it sleeps until the stop is requested.
class StandingClock : public Clock {
 public:
  Micros now() const override { return 0; }
  std::chrono::nanoseconds steady() const override { return std::chrono::nanoseconds(0); }
  bool sleep_until(std::chrono::nanoseconds deadline, std::stop_token stop) const override {
    if (deadline <= steady()) return true;
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait(lock, std::move(stop), [] { return false; });
    return false;
  }
};

}  // namespace sluice
