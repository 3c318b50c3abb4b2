#include "connector/in_parallel.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/log.h"

namespace sluice::connector {

Status in_parallel(std::size_t count, std::size_t threads_max,
                   const std::function<Status(std::size_t)>& work) {
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::optional<Error> failure;  // the first; guarded by mutex
  const auto take = [&] {
    for (std::size_t i = next++; i < count; i = next++) {
      Status done = work(i);
      if (done) continue;
      next = count;
      const std::scoped_lock lock(mutex);
      if (!failure) failure = std::move(done).error();
    }
  };
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < std::min(threads_max, count); ++i) {
      threads.emplace_back([&take, context = log_context()] {
        const LogScope scope(context);
        take();
      });
    }
    take();
  }
  if (failure) return *std::move(failure);
  return {};
}

}  // namespace sluice::connector
