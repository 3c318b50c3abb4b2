#include "connector/in_parallel.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/border.h"
#include "base/thread.h"

namespace sluice::connector {

Status in_parallel(std::size_t count, std::size_t threads_max,
                   const std::function<Status(std::size_t)>& work) {
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::optional<Error> failure;  // the first; guarded by mutex
  const auto fail = [&](Error error) {
    next = count;
    const std::scoped_lock lock(mutex);
    if (!failure) failure = std::move(error);
  };
  const auto take = [&] {
    for (std::size_t i = next++; i < count; i = next++) {
      auto done = at_border("requests side by side", [&] { return work(i); });
      if (!done) fail(std::move(done).error());
    }
  };
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < std::min(threads_max, count); ++i) {
      threads.push_back(start_thread("requests", [&](const std::stop_token&) { take(); }, fail));
    }
    take();
  }
  if (failure) return *std::move(failure);
  return {};
}

}  // namespace sluice::connector
