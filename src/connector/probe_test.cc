#include "connector/probe.h"

#include <gtest/gtest.h>

namespace sluice::connector {
namespace {

TEST(Probe, KeepsWhatEachStepMet) {
  const SystemClock clock;
  Probe probe(clock, {});
  EXPECT_TRUE(probe.step("connect", [] { return Status(); }));
  EXPECT_FALSE(probe.has_failed());
  const auto outcome = probe.step("read", [] { return Status(user_error("not permitted")); });
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().message(), "not permitted");
  ASSERT_EQ(probe.steps().size(), 2U);
  EXPECT_EQ(probe.steps()[1].name, "read");
  EXPECT_EQ(probe.steps()[1].outcome.error().message(), "not permitted");
  EXPECT_TRUE(probe.has_failed());
}

TEST(Probe, WhatIsSkippedHasNotFailed) {
  const SystemClock clock;
  Probe probe(clock, {});
  probe.skip("nothing to connect to");
  EXPECT_FALSE(probe.has_failed());
  EXPECT_TRUE(probe.steps()[0].is_skipped);
}

}  // namespace
}  // namespace sluice::connector
