#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "base/random.h"

namespace sluice::engine {

/// The pauses between tries of something that may pass: doubling from 100 ms, with jitter of a
/// half, up to a bound. Not reused between incidents.
class Backoff {
 public:
  Backoff(int retries_max, std::chrono::milliseconds pause_max, Random& random)
      : retries_max_(retries_max), pause_max_(pause_max), random_(random) {}

  bool exhausted() const { return attempt_ >= retries_max_; }
  int attempt() const { return attempt_; }

  std::chrono::milliseconds next() {
    const std::int64_t doubled = kFirstPause.count() << std::min(attempt_, 20);
    const std::int64_t half = std::min<std::int64_t>(pause_max_.count(), doubled) / 2;
    ++attempt_;
    return std::chrono::milliseconds(
        half + static_cast<std::int64_t>(random_.next() % static_cast<std::uint64_t>(half + 1)));
  }

 private:
  static constexpr std::chrono::milliseconds kFirstPause{100};

  int retries_max_;
  std::chrono::milliseconds pause_max_;
  Random& random_;
  int attempt_ = 0;
};

}  // namespace sluice::engine
