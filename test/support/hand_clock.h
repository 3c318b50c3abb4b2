#pragma once

#include "base/clock.h"

namespace sluice {

/// A clock that the test moves: who sleeps on it is awake at once.
class HandClock final : public Clock {
 public:
  explicit HandClock(Micros start = 0) : micros(start) {}

  Micros now() const override { return micros; }
  std::chrono::nanoseconds steady() const override { return std::chrono::microseconds(micros); }
  bool sleep_until(std::chrono::nanoseconds, std::stop_token) const override { return true; }

  Micros micros;
};

}  // namespace sluice
