// The watermark when all sources are silent, on a clock that goes on by what is slept.

#include <gtest/gtest.h>

#include "engine/engine_rig.h"

namespace sluice::engine {
namespace {

using std::chrono::seconds;

/// Asks for the stop once it has come to its end.
class EndingClock final : public Clock {
 public:
  EndingClock(std::chrono::nanoseconds end, std::stop_source& stop) : end_(end), stop_(stop) {}

  Micros now() const override {
    constexpr Micros kStart = 1'700'000'000'000'000;
    return kStart + std::chrono::duration_cast<std::chrono::microseconds>(time_).count();
  }
  std::chrono::nanoseconds steady() const override { return time_; }
  bool sleep_until(std::chrono::nanoseconds deadline, std::stop_token) const override {
    time_ = std::max(time_, deadline);
    if (time_ >= end_) stop_.request_stop();
    return true;
  }

 private:
  std::chrono::nanoseconds end_;
  std::stop_source& stop_;
  mutable std::chrono::nanoseconds time_{0};
};

/// Ten rows, a second of event time apart, into windows of four seconds.
class SilenceTest : public EngineTest {
 protected:
  Pipeline windows(bool advances) {
    Pipeline pipeline = make(10, "counts");
    pipeline.trigger.kind = Trigger::Kind::kContinuous;
    const std::string time = "make_timestamp(n * 1000000)";
    pipeline.sources[0].watermark = {.column = time,
                                     .delay = 0,
                                     .idle_after = 5'000'000,
                                     .advances_when_idle = advances,
                                     .location = {}};
    pipeline.views.push_back(
        {"counts",
         "SELECT count(*) AS n FROM numbers GROUP BY window(" + time + ", '4 seconds')",
         {}});
    return pipeline;
  }

  void run_for(Pipeline& pipeline, seconds time) {
    std::stop_source stop;
    const EndingClock clock(time, stop);
    const Surroundings surroundings{clock, random_, *files_, listener_};
    summary_ = {};
    const Status result = run_pipeline(pipeline, surroundings, summary_, stop.get_token());
    ASSERT_TRUE(result) << result.error().message();
  }

  using Rows = std::vector<std::string>;
};

TEST_F(SilenceTest, BringsTheLastWindowOnceAndThenNoMoreBatches) {
  Pipeline pipeline = windows(true);
  run_for(pipeline, seconds(4));
  EXPECT_EQ(target_.rows, (Rows{"4", "4"}));
  pipeline = windows(true);
  run_for(pipeline, seconds(4));
  EXPECT_EQ(target_.rows, (Rows{"4", "4"}));
  pipeline = windows(true);
  run_for(pipeline, seconds(60));
  EXPECT_EQ(target_.rows, (Rows{"4", "4", "2"}));
  EXPECT_EQ(listener_.batches.size(), 3U);
  EXPECT_EQ(listener_.batches.back().watermark_us, 14'000'000);
  pipeline = windows(true);
  run_for(pipeline, seconds(60));
  EXPECT_EQ(target_.rows.size(), 3U);
}

TEST_F(SilenceTest, OfAViewThatFiltersAllRows) {
  Pipeline pipeline = windows(true);
  pipeline.sources[0].watermark = {};
  pipeline.sources[0].limit.records = 4;
  const sql::ViewText timed{
      "timed", "SELECT make_timestamp(n * 1000000) AS t FROM numbers WHERE n < 6", {}};
  pipeline.views.insert(pipeline.views.begin(), timed);
  pipeline.views[1].sql = "SELECT count(*) AS n FROM timed GROUP BY window(t, '4 seconds')";
  pipeline.view_watermarks["timed"] = {.column = "t",
                                       .delay = 0,
                                       .idle_after = 5'000'000,
                                       .advances_when_idle = true,
                                       .location = {}};
  run_for(pipeline, seconds(60));
  EXPECT_EQ(target_.rows, (Rows{"4", "2"}));
  EXPECT_EQ(listener_.batches.back().view_events_us.at("timed"), 5'000'000);
}

TEST_F(SilenceTest, HoldsByDefault) {
  Pipeline pipeline = windows(false);
  run_for(pipeline, seconds(60));
  EXPECT_EQ(target_.rows, (Rows{"4", "4"}));
  EXPECT_EQ(listener_.batches.size(), 2U);
}

TEST_F(SilenceTest, CommittedWithTheWatermarkAndPublishedByTheNextRun) {
  Pipeline pipeline = windows(true);
  run_for(pipeline, seconds(4));
  pipeline = windows(true);
  for (int i = 0; i < 9; ++i) sink_->publish_errors.push_back(transient_error("down"));
  std::stop_source stop;
  const EndingClock clock(seconds(60), stop);
  const Surroundings surroundings{clock, random_, *files_, listener_};
  EXPECT_FALSE(run_pipeline(pipeline, surroundings, summary_, stop.get_token()));
  EXPECT_EQ(target_.rows, (Rows{"4", "4"}));
  pipeline = windows(true);
  run_for(pipeline, seconds(1));
  EXPECT_EQ(target_.rows, (Rows{"4", "4", "2"}));
  EXPECT_EQ(listener_.redone_entries, 1);
}

}  // namespace
}  // namespace sluice::engine
