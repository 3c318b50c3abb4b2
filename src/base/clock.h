#pragma once

#include <chrono>
#include <cstdint>
#include <stop_token>

namespace sluice {

/// Microseconds since 1970-01-01T00:00:00Z, the unit of every timestamp in sluice.
using Micros = std::int64_t;

/// Lengths of time.
inline constexpr Micros kSecond = 1'000'000;
inline constexpr Micros kMinute = 60 * kSecond;
inline constexpr Micros kHour = 60 * kMinute;
inline constexpr Micros kDay = 24 * kHour;

/// Where time comes from. Injected, so that tests own it. Any thread may call.
class Clock {
 public:
  virtual ~Clock() = default;

  /// Wall-clock time; may jump.
  virtual Micros now() const = 0;
  /// Monotonic time for durations; its origin means nothing.
  virtual std::chrono::nanoseconds steady() const = 0;
  /// Sleeps until steady() reaches `deadline` or a stop is requested; true when the deadline came.
  virtual bool sleep_until(std::chrono::nanoseconds deadline, std::stop_token stop) const = 0;

  bool sleep_for(std::chrono::nanoseconds duration, std::stop_token stop) const {
    return sleep_until(steady() + duration, std::move(stop));
  }
};

/// The machine's clock.
class SystemClock final : public Clock {
 public:
  Micros now() const override;
  std::chrono::nanoseconds steady() const override;
  bool sleep_until(std::chrono::nanoseconds deadline, std::stop_token stop) const override;
};

}  // namespace sluice
