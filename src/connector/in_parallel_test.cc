#include "connector/in_parallel.h"

#include <mutex>
#include <new>
#include <set>

#include <gtest/gtest.h>

#include "base/log.h"

namespace sluice::connector {
namespace {

TEST(InParallel, EachIsDoneOnce) {
  std::mutex mutex;
  std::multiset<std::size_t> seen;
  const Status done = in_parallel(100, 4, [&](std::size_t i) -> Status {
    const std::scoped_lock lock(mutex);
    seen.insert(i);
    return {};
  });
  EXPECT_TRUE(done);
  EXPECT_EQ(seen.size(), 100U);
  EXPECT_EQ(std::set<std::size_t>(seen.begin(), seen.end()).size(), 100U);
}

TEST(InParallel, NothingToDoIsDone) {
  EXPECT_TRUE(in_parallel(0, 4, [](std::size_t) -> Status { return user_error("called"); }));
}

TEST(InParallel, WhatThrowsIsAnError) {
  const Status done = in_parallel(100, 4, [](std::size_t i) -> Status {
    if (i == 7) throw std::bad_alloc();
    return {};
  });
  ASSERT_FALSE(done);
  EXPECT_TRUE(done.error().message().starts_with("E_OUT_OF_MEMORY")) << done.error().message();
}

TEST(InParallel, AnErrorEndsIt) {
  const Status done = in_parallel(100, 1, [](std::size_t i) -> Status {
    if (i < 3) return {};
    return transient_error("at " + std::to_string(i));
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message(), "at 3");
}

TEST(InParallel, ThreadsLogForWhoAskedThem) {
  const LogScope scope("orders");
  const Status done = in_parallel(100, 4, [](std::size_t) -> Status {
    return log_context() == "orders" ? Status() : user_error("the thread is of: " + log_context());
  });
  EXPECT_TRUE(done) << done.error().message();
}

}  // namespace
}  // namespace sluice::connector
