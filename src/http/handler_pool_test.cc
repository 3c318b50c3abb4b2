#include "http/handler_pool.h"

#include <atomic>
#include <future>

#include <gtest/gtest.h>

namespace sluice::http {
namespace {

TEST(HandlerPool, IsBounded) {
  std::promise<void> release;
  const auto released = release.get_future().share();
  std::atomic<int> ran = 0;
  HandlerPool pool(1, 2);
  const auto job = [&, released](const std::stop_token&) {
    released.wait();
    ++ran;
  };
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(pool.submit(job)) << i;
  EXPECT_FALSE(pool.submit(job));
  release.set_value();
  pool.stop();
  EXPECT_EQ(ran, 3);
}

TEST(HandlerPool, StopReachesWhatRunsAndWhatWaits) {
  std::atomic<int> stopped = 0;
  HandlerPool pool(1, 2);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(pool.submit([&](const std::stop_token& stop) {
      while (!stop.stop_requested()) std::this_thread::yield();
      ++stopped;
    }));
  }
  pool.stop();
  EXPECT_EQ(stopped, 3);
}

}  // namespace
}  // namespace sluice::http
