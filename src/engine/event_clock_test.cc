#include "engine/event_clock.h"

#include <gtest/gtest.h>

namespace sluice::engine {
namespace {

constexpr Micros kSecond = 1'000'000;

/// Two sources, `a` 10 s and `b` 20 s behind their latest event; `b` may be idle for a minute.
class EventClockTest : public ::testing::Test {
 protected:
  void SetUp() override {
    add("a", 10 * kSecond, 0);
    add("b", 20 * kSecond, 60 * kSecond);
  }

  void add(const std::string& name, Micros delay, Micros idle_after) {
    SourcePart source;
    source.name = name;
    source.watermark = {"t", delay, idle_after, {}};
    pipeline_.sources.push_back(std::move(source));
  }

  EventClock clock() const { return {pipeline_, stored_, /*now=*/0}; }

  Pipeline pipeline_;
  state::EventTimes stored_;
};

TEST_F(EventClockTest, LeastOfTheSources) {
  EventClock clock = this->clock();
  clock.observe("a", 100 * kSecond, 0);
  clock.observe("b", 100 * kSecond, 0);
  EXPECT_EQ(clock.watermarks().now, std::nullopt);
  clock.end_batch(0);
  EXPECT_EQ(clock.watermarks().now, 80 * kSecond);
  EXPECT_EQ(clock.watermarks().before, std::nullopt);
}

TEST_F(EventClockTest, GreatestOfTheSources) {
  pipeline_.watermark_policy = WatermarkPolicy::kMax;
  EventClock clock = this->clock();
  clock.observe("a", 100 * kSecond, 0);
  clock.end_batch(0);
  EXPECT_EQ(clock.watermarks().now, 90 * kSecond);
}

TEST_F(EventClockTest, SourceWithoutEventsHoldsTheOthersBack) {
  EventClock clock = this->clock();
  clock.observe("a", 100 * kSecond, 0);
  clock.end_batch(59 * kSecond);
  EXPECT_EQ(clock.watermarks().now, std::nullopt);
}

TEST_F(EventClockTest, IdleSourceDoesNot) {
  EventClock clock = this->clock();
  clock.observe("a", 100 * kSecond, 0);
  clock.observe("b", 50 * kSecond, 0);
  clock.end_batch(0);
  EXPECT_EQ(clock.watermarks().now, 30 * kSecond);
  clock.tick(60 * kSecond);
  EXPECT_EQ(clock.watermarks().now, 30 * kSecond);
  clock.tick(61 * kSecond);
  EXPECT_EQ(clock.watermarks().now, 90 * kSecond);
}

TEST_F(EventClockTest, IdleSourceThatComesBackMovesNothingBack) {
  EventClock clock = this->clock();
  clock.observe("a", 100 * kSecond, 0);
  clock.end_batch(61 * kSecond);
  EXPECT_EQ(clock.watermarks().now, 90 * kSecond);
  clock.observe("b", 40 * kSecond, 62 * kSecond);
  clock.end_batch(62 * kSecond);
  EXPECT_EQ(clock.watermarks().now, 90 * kSecond);
}

TEST_F(EventClockTest, StoppedTimeIsNotIdleTime) {
  stored_.sources["a"] = {100 * kSecond, 0};
  stored_.sources["b"] = {50 * kSecond, 0};
  EventClock clock(pipeline_, stored_, /*now=*/1000 * kSecond);
  clock.tick(1001 * kSecond);
  EXPECT_EQ(clock.watermarks().now, 30 * kSecond);
}

TEST_F(EventClockTest, WholeMilliseconds) {
  pipeline_.sources.pop_back();
  EventClock clock = this->clock();
  clock.observe("a", 100 * kSecond + 1999, 0);
  clock.end_batch(0);
  EXPECT_EQ(clock.watermarks().now, 90 * kSecond + 1000);
  EventClock before_1970 = this->clock();
  before_1970.observe("a", -1, 0);
  before_1970.end_batch(0);
  EXPECT_EQ(before_1970.watermarks().now, -1000 - 10 * kSecond);
}

TEST_F(EventClockTest, MovesUntilABatchHasUsedIt) {
  pipeline_.sources.pop_back();
  EventClock clock = this->clock();
  EXPECT_FALSE(clock.has_moved());
  clock.observe("a", 100 * kSecond, 0);
  clock.end_batch(0);
  EXPECT_TRUE(clock.has_moved());
  clock.end_batch(0);
  EXPECT_FALSE(clock.has_moved());
  EXPECT_EQ(clock.watermarks().before, 90 * kSecond);
}

TEST_F(EventClockTest, RowsWithoutATimeKeepASourceAwake) {
  EventClock clock = this->clock();
  clock.observe("a", 100 * kSecond, 0);
  clock.observe("b", 50 * kSecond, 0);
  clock.observe("b", std::nullopt, 50 * kSecond);
  clock.tick(100 * kSecond);
  EXPECT_EQ(clock.watermarks().now, 30 * kSecond);
}

}  // namespace
}  // namespace sluice::engine
