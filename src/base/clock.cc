#include "base/clock.h"

#include <condition_variable>
#include <mutex>

namespace sluice {

Micros SystemClock::now() const {
  using std::chrono::system_clock;
  return std::chrono::duration_cast<std::chrono::microseconds>(
             system_clock::now().time_since_epoch())
      .count();
}

std::chrono::nanoseconds SystemClock::steady() const {
  return std::chrono::steady_clock::now().time_since_epoch();
}

bool SystemClock::sleep_until(std::chrono::nanoseconds deadline, std::stop_token stop) const {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  const std::chrono::steady_clock::time_point when{
      std::chrono::duration_cast<std::chrono::steady_clock::duration>(deadline)};
  wake.wait_until(lock, stop, when, [&] { return stop.stop_requested(); });
  return !stop.stop_requested();
}

}  // namespace sluice
