#include "engine/event_clock.h"

#include <gtest/gtest.h>

namespace sluice::engine {
namespace {

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
    source.watermark = {.column = "t", .delay = delay, .idle_after = idle_after, .location = {}};
    read_.insert(name);
    pipeline_.sources.push_back(std::move(source));
  }

  EventClock clock() const { return {pipeline_, read_, stored_, /*now=*/0}; }

  /// Both sources advance after a minute at the latest, and are silent from 0 s on.
  EventClock advancing_clock() {
    for (SourcePart& source : pipeline_.sources) source.watermark.advances_when_idle = true;
    pipeline_.sources[0].watermark.idle_after = 30 * kSecond;
    EventClock clock = this->clock();
    clock.observe("a", 100 * kSecond, 0);
    clock.observe("b", 110 * kSecond, 0);
    clock.end_batch(0);
    clock.tick(0, true);
    return clock;
  }

  Pipeline pipeline_;
  std::set<std::string> read_;
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

TEST_F(EventClockTest, NeverGoesBeyondWhatAnotherRunHasReached) {
  pipeline_.watermark_end = WatermarkEnd{50 * kSecond};
  EventClock clock = this->clock();
  clock.observe("a", 100 * kSecond, 0);
  clock.observe("b", 60 * kSecond, 0);
  clock.end_batch(0);
  EXPECT_EQ(clock.watermarks().now, 40 * kSecond);
  clock.observe("b", 100 * kSecond, 0);
  clock.end_batch(0);
  EXPECT_EQ(clock.watermarks().now, 50 * kSecond);
  clock.end_batch(0);
  EXPECT_FALSE(clock.has_moved());
}

TEST_F(EventClockTest, IsAtTheEndWhereAnotherRunWas) {
  pipeline_.watermark_end = WatermarkEnd{50 * kSecond};
  EventClock clock = this->clock();
  clock.observe("a", 20 * kSecond, 0);
  clock.end_batch(0);
  EXPECT_EQ(clock.watermarks().now, std::nullopt);
  clock.reach_end();
  EXPECT_TRUE(clock.has_moved());
  EXPECT_EQ(clock.watermarks().now, 50 * kSecond);
  clock.end_batch(0);
  clock.reach_end();
  EXPECT_FALSE(clock.has_moved());
}

TEST_F(EventClockTest, HasNoneWhereAnotherRunHadNone) {
  pipeline_.watermark_end = WatermarkEnd{std::nullopt};
  EventClock clock = this->clock();
  clock.observe("a", 100 * kSecond, 0);
  clock.observe("b", 100 * kSecond, 0);
  clock.end_batch(0);
  clock.reach_end();
  EXPECT_EQ(clock.watermarks().now, std::nullopt);
  EXPECT_FALSE(clock.has_moved());
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
  clock.tick(60 * kSecond, true);
  EXPECT_EQ(clock.watermarks().now, 30 * kSecond);
  clock.tick(61 * kSecond, true);
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
  EventClock clock(pipeline_, read_, stored_, /*now=*/1000 * kSecond);
  clock.tick(1001 * kSecond, true);
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
  clock.tick(100 * kSecond, true);
  EXPECT_EQ(clock.watermarks().now, 30 * kSecond);
}

TEST_F(EventClockTest, SourceThatReachesNoSinkHasNoSay) {
  read_.erase("b");
  EventClock clock = this->clock();
  clock.observe("a", 100 * kSecond, 0);
  clock.end_batch(0);
  EXPECT_EQ(clock.watermarks().now, 90 * kSecond);
  EXPECT_FALSE(clock.counts("b"));
}

TEST_F(EventClockTest, SilenceOfAllMovesTheWatermarkOnWithTheClock) {
  EventClock clock = advancing_clock();
  EXPECT_EQ(clock.watermarks().now, 90 * kSecond);
  clock.tick(60 * kSecond - 1, true);
  EXPECT_EQ(clock.watermarks().now, 90 * kSecond);
  EXPECT_FALSE(clock.has_advanced());
  clock.tick(60 * kSecond, true);
  EXPECT_EQ(clock.watermarks().now, 150 * kSecond);
  EXPECT_TRUE(clock.has_advanced());
  clock.tick(61 * kSecond - 1, true);
  EXPECT_EQ(clock.watermarks().now, 150 * kSecond);
  clock.tick(75 * kSecond, true);
  EXPECT_EQ(clock.watermarks().now, 165 * kSecond);
}

TEST_F(EventClockTest, RowsEndTheSilence) {
  EventClock clock = advancing_clock();
  clock.tick(60 * kSecond, true);
  clock.tick(70 * kSecond, false);
  EXPECT_EQ(clock.watermarks().now, 150 * kSecond);
  clock.observe("a", 101 * kSecond, 70 * kSecond);
  EXPECT_FALSE(clock.has_advanced());
  clock.end_batch(70 * kSecond);
  EXPECT_EQ(clock.watermarks().now, 150 * kSecond);
  clock.tick(71 * kSecond, true);
  clock.tick(130 * kSecond, true);
  EXPECT_EQ(clock.watermarks().now, 150 * kSecond);
  clock.tick(131 * kSecond, true);
  EXPECT_EQ(clock.watermarks().now, 210 * kSecond);
}

TEST_F(EventClockTest, RowsThatReachNoneOfThemDoNotEndTheSilence) {
  EventClock clock = advancing_clock();
  clock.tick(59 * kSecond, false);
  clock.end_batch(59 * kSecond);
  EXPECT_EQ(clock.watermarks().now, 90 * kSecond);
  clock.tick(60 * kSecond, false);
  EXPECT_EQ(clock.watermarks().now, 90 * kSecond);
  clock.end_batch(60 * kSecond);
  EXPECT_EQ(clock.watermarks().now, 150 * kSecond);
  EXPECT_EQ(clock.watermarks().before, 90 * kSecond);
}

TEST_F(EventClockTest, ARunThatEndsByItselfDoesNotWaitForSilence) {
  EventClock clock = advancing_clock();
  clock.tick(500 * kSecond, true, /*waits=*/false);
  EXPECT_EQ(clock.watermarks().now, 90 * kSecond);
}

TEST_F(EventClockTest, AViewsWatermarkBesideTheSources) {
  pipeline_.view_watermarks["v"] = {.column = "t", .delay = 40 * kSecond, .location = {}};
  read_.insert("v");
  EventClock clock = this->clock();
  EXPECT_TRUE(clock.counts("v"));
  clock.observe("a", 100 * kSecond, 0);
  clock.observe("b", 100 * kSecond, 0);
  clock.end_batch(0);
  EXPECT_EQ(clock.watermarks().now, std::nullopt);
  clock.observe("v", 100 * kSecond, 0);
  clock.end_batch(0);
  EXPECT_EQ(clock.watermarks().now, 60 * kSecond);
  EXPECT_EQ(clock.stored().sources.at("v").latest, 100 * kSecond);
}

TEST_F(EventClockTest, SilenceGoesOnFromWhatTheLastRunLeft) {
  EventClock before = advancing_clock();
  before.tick(60 * kSecond, true);
  before.end_batch(60 * kSecond);
  stored_ = before.stored();
  EventClock clock(pipeline_, read_, stored_, /*now=*/1000 * kSecond);
  clock.tick(1000 * kSecond, true);
  EXPECT_EQ(clock.watermarks().now, 150 * kSecond);
  clock.tick(1060 * kSecond, true);
  EXPECT_EQ(clock.watermarks().now, 210 * kSecond);
}

TEST_F(EventClockTest, OneThatHoldsHoldsAll) {
  EventClock clock = advancing_clock();
  pipeline_.sources[1].watermark.advances_when_idle = false;
  clock = this->clock();
  clock.observe("a", 100 * kSecond, 0);
  clock.observe("b", 110 * kSecond, 0);
  clock.end_batch(0);
  clock.tick(0, true);
  clock.tick(500 * kSecond, true);
  EXPECT_EQ(clock.watermarks().now, 90 * kSecond);
}

TEST_F(EventClockTest, SilenceBeforeTheFirstEventMovesNothing) {
  for (SourcePart& source : pipeline_.sources) source.watermark.advances_when_idle = true;
  EventClock clock = this->clock();
  clock.tick(0, true);
  clock.tick(500 * kSecond, true);
  EXPECT_EQ(clock.watermarks().now, std::nullopt);
}

TEST_F(EventClockTest, PartsOfABatchHaveTheWatermarksOfTheWhole) {
  EventClock clock = this->clock();
  for (const Micros at : {100 * kSecond, 200 * kSecond}) {
    clock.observe("a", at, 0);
    clock.observe("b", at, 0);
    clock.end_batch(0);
  }
  EventClock whole = clock;
  const Watermarks before{80 * kSecond, 80 * kSecond};
  EXPECT_EQ(whole.watermarks().now, 180 * kSecond);
  EXPECT_EQ(whole.watermarks().before, before.before);
  clock.begin(BatchPart::kPart);
  EXPECT_FALSE(clock.has_moved());
  for (const Micros at : {500 * kSecond, 300 * kSecond}) {
    clock.tick(0, false);
    EXPECT_EQ(clock.watermarks().now, before.now);
    EXPECT_EQ(clock.watermarks().before, before.before);
    clock.observe("a", at, 0);
    clock.observe("b", at, 0);
    clock.end_batch(0);
  }
  clock.begin(BatchPart::kLastPart);
  clock.tick(0, false);
  EXPECT_EQ(clock.watermarks().now, whole.watermarks().now);
  EXPECT_EQ(clock.watermarks().before, whole.watermarks().before);
  clock.end_batch(0);
  EXPECT_EQ(clock.watermarks().now, 480 * kSecond);
  EXPECT_EQ(clock.watermarks().before, 180 * kSecond);
}

}  // namespace
}  // namespace sluice::engine
