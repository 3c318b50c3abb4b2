#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>

#include "base/clock.h"

namespace sluice {

/// Waits until `is_so`, which whoever changes it announces by `changed`, for `wait` of the clock's
/// time at most, or a stop; whether it is so. In slices, because the clock need not go as the
/// machine's does. REQUIRES: `lock` is held, and guards what `is_so` reads.
template <class Condition>
bool wait_on(std::condition_variable_any& changed, std::unique_lock<std::mutex>& lock,
             std::chrono::milliseconds wait, const std::stop_token& stop, const Clock& clock,
             Condition is_so) {
  constexpr std::chrono::milliseconds kSlice{100};
  const auto deadline = clock.steady() + wait;
  while (!is_so()) {
    const std::chrono::nanoseconds left = deadline - clock.steady();
    if (left <= std::chrono::nanoseconds(0) || stop.stop_requested()) return false;
    changed.wait_for(lock, stop, std::min<std::chrono::nanoseconds>(left, kSlice), is_so);
  }
  return true;
}

}  // namespace sluice
