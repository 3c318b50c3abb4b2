#include "engine/control.h"

#include <functional>
#include <future>
#include <thread>

#include "engine/engine_rig.h"
#include "state/checkpoint.h"

namespace sluice::engine {
namespace {

class ControlTest : public EngineTest {
 protected:
  Status run(Pipeline& pipeline) {
    const Surroundings surroundings{clock_, random_, *files_, asking_, &control_};
    Status done = run_pipeline(pipeline, surroundings, summary_, stop_.get_token());
    control_.close();
    return done;
  }
  /// The pipeline `make` gives, on a checkpoint of its own.
  Pipeline make_with(Trigger trigger) {
    Pipeline pipeline = make(1000);
    pipeline.trigger = trigger;
    return pipeline;
  }

  Control control_;
  AskingListener asking_;
};

constexpr Trigger kContinuous{Trigger::Kind::kContinuous, {}};

TEST_F(ControlTest, APausedRunBeginsNoBatchUntilItIsResumed) {
  Pipeline pipeline = make(25);
  asking_.after_batch = [&] { control_.pause(); };
  int at_hold = 0;
  asking_.when_held = [&] {
    at_hold = asking_.batches;
    control_.resume();
  };
  ASSERT_TRUE(run(pipeline));
  EXPECT_EQ(target_.rows.size(), 25U);
  // After each batch it held, and went on with all that it had.
  EXPECT_EQ(asking_.holds, (std::vector<bool>{true, false, true, false, true, false}));
  EXPECT_EQ(at_hold, 3);
}

TEST_F(ControlTest, APausedRunStops) {
  Pipeline pipeline = make_with(kContinuous);
  asking_.after_batch = [&] { control_.pause(); };
  asking_.when_held = [&] { stop_.request_stop(); };
  ASSERT_TRUE(run(pipeline));
  EXPECT_EQ(target_.rows.size(), 10U);
  EXPECT_TRUE(summary_.stopped_by_user);
}

TEST_F(ControlTest, HoldingBlocksUntilAnotherThreadResumes) {
  Pipeline pipeline = make(25);
  control_.pause();
  std::promise<void> held;
  asking_.when_held = [&] { held.set_value(); };
  std::jthread engine([&] { EXPECT_TRUE(run(pipeline)); });
  held.get_future().wait();
  EXPECT_TRUE(target_.rows.empty());
  control_.resume();
  engine.join();
  EXPECT_EQ(target_.rows.size(), 25U);
}

TEST_F(ControlTest, APausedRunThatIsWokenLooksAndHoldsOn) {
  control_.pause();
  static_cast<void>(control_.orders());
  control_.wake();
  EXPECT_TRUE(control_.hold({}));
  // Once for each time.
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(control_.hold(stop.get_token()));
  control_.wake();
  control_.resume();
  EXPECT_FALSE(control_.hold({}));
}

TEST_F(ControlTest, ARunThatIsWokenDoesNotSleepOn) {
  static_cast<void>(control_.orders());
  control_.wake();
  EXPECT_FALSE(control_.sleep_until(clock_, clock_.steady() + std::chrono::hours(1), {}));
}

TEST_F(ControlTest, TriggerDoesNotWaitForTheTick) {
  Pipeline pipeline = make_with({Trigger::Kind::kEvery, std::chrono::hours(1)});
  const SystemClock clock;
  asking_.after_batch = [&] {
    if (asking_.batches < 4) return control_.trigger();
    stop_.request_stop();
  };
  const Surroundings surroundings{clock, random_, *files_, asking_, &control_};
  ASSERT_TRUE(run_pipeline(pipeline, surroundings, summary_, stop_.get_token()));
  EXPECT_EQ(target_.rows.size(), 40U);
}

/// Its time goes on by what is slept, and only by that.
class SteppingClock final : public Clock {
 public:
  Micros now() const override { return 1'700'000'000'000'000; }
  std::chrono::nanoseconds steady() const override { return time_; }
  bool sleep_until(std::chrono::nanoseconds deadline, std::stop_token stop) const override {
    if (stop.stop_requested()) return false;
    deadlines.push_back(std::chrono::duration_cast<std::chrono::seconds>(deadline).count());
    if (asked && asked()) return false;
    time_ = deadline;
    return true;
  }
  std::function<bool()> asked;  ///< in the middle of a sleep; true: it ends early
  mutable std::vector<std::int64_t> deadlines;

 private:
  mutable std::chrono::nanoseconds time_{0};
};

TEST_F(ControlTest, ATriggerLeavesTheTicksWhereTheyAre) {
  Pipeline pipeline = make_with({Trigger::Kind::kEvery, std::chrono::seconds(10)});
  SteppingClock clock;
  clock.asked = [&] {
    if (clock.deadlines.size() != 2) return false;
    control_.trigger();
    return true;
  };
  asking_.after_batch = [&] {
    if (asking_.batches == 4) stop_.request_stop();
  };
  const Surroundings surroundings{clock, random_, *files_, asking_, &control_};
  ASSERT_TRUE(run_pipeline(pipeline, surroundings, summary_, stop_.get_token()));
  EXPECT_EQ(clock.deadlines, (std::vector<std::int64_t>{10, 20, 20}));
}

TEST_F(ControlTest, PauseAndResumeBetweenTicksBeginNoBatch) {
  Pipeline pipeline = make_with({Trigger::Kind::kEvery, std::chrono::seconds(10)});
  SteppingClock clock;
  clock.asked = [&] {
    if (clock.deadlines.size() != 1) return false;
    control_.pause();
    return true;
  };
  asking_.when_held = [&] { control_.resume(); };
  asking_.after_batch = [&] {
    if (asking_.batches == 2) stop_.request_stop();
  };
  const Surroundings surroundings{clock, random_, *files_, asking_, &control_};
  ASSERT_TRUE(run_pipeline(pipeline, surroundings, summary_, stop_.get_token()));
  EXPECT_EQ(clock.deadlines, (std::vector<std::int64_t>{10, 10}));
}

TEST_F(ControlTest, OnlyAContinuousRunTakesWhatIsAtHand) {
  for (const auto kind : {Trigger::Kind::kContinuous, Trigger::Kind::kEvery,
                          Trigger::Kind::kAvailableNow, Trigger::Kind::kOnce}) {
    Pipeline pipeline = make_with({kind, std::chrono::seconds(1)});
    pipeline.checkpoint = folder_.at(std::to_string(static_cast<int>(kind)));
    target_ = {};
    bool at_hand = false;
    asking_.after_batch = [&] {
      at_hand = source_->at_hand;
      stop_.request_stop();
    };
    stop_ = std::stop_source();
    ASSERT_TRUE(run(pipeline));
    EXPECT_EQ(at_hand, kind == Trigger::Kind::kContinuous);
  }
}

TEST_F(ControlTest, ADrainAsksForAllThatIsThere) {
  Pipeline pipeline = make_with(kContinuous);
  asking_.after_batch = [&] { control_.drain(); };
  ASSERT_TRUE(run(pipeline));
  EXPECT_FALSE(source_->at_hand);
  EXPECT_EQ(target_.rows.size(), 1000U);
}

TEST_F(ControlTest, DrainProcessesWhatIsThereThenEnds) {
  for (const auto kind : {Trigger::Kind::kContinuous, Trigger::Kind::kEvery}) {
    target_ = {};
    asking_.batches = 0;
    Control control;
    Pipeline pipeline = make_with({kind, std::chrono::hours(1)});
    pipeline.checkpoint = folder_.at(std::to_string(static_cast<int>(kind)));
    pipeline.sources[0].limit.records = 100;
    source_->grows_after_freeze = 500;
    asking_.after_batch = [&] {
      if (asking_.batches == 1) control.drain();
    };
    const Surroundings surroundings{clock_, random_, *files_, asking_, &control};
    ASSERT_TRUE(run_pipeline(pipeline, surroundings, summary_, stop_.get_token()));
    EXPECT_EQ(target_.rows.size(), 1000U);
    EXPECT_FALSE(summary_.stopped_by_user);
  }
}

TEST_F(ControlTest, DrainResumesAPausedRun) {
  Pipeline pipeline = make_with(kContinuous);
  asking_.after_batch = [&] {
    if (asking_.batches == 1) control_.pause();
  };
  asking_.when_held = [&] { control_.drain(); };
  ASSERT_TRUE(run(pipeline));
  EXPECT_EQ(target_.rows.size(), 1000U);
}

TEST_F(ControlTest, DrainDoesNotWaitForASourceThatWillEnd) {
  Pipeline pipeline = make_with(kContinuous);
  source_->ends = true;
  source_->ends_late = true;
  asking_.after_batch = [&] { control_.drain(); };
  ASSERT_TRUE(run(pipeline));
  EXPECT_EQ(target_.rows.size(), 1000U);
}

TEST_F(ControlTest, ASourceThatCannotBeDrainedEndsTheRun) {
  Pipeline pipeline = make_with(kContinuous);
  source_->freeze_errors.push_back(user_error("has no end"));
  asking_.after_batch = [&] { control_.drain(); };
  ASSERT_TRUE(run(pipeline));
  EXPECT_EQ(target_.rows.size(), 10U);
}

TEST_F(ControlTest, HandOverEndsTheRunBetweenTwoBatches) {
  Pipeline pipeline = make_with(kContinuous);
  std::promise<void> one_is_done;
  asking_.after_batch = [&] {
    if (asking_.batches == 1) one_is_done.set_value();
  };
  std::jthread engine([&] { EXPECT_TRUE(run(pipeline)); });
  one_is_done.get_future().wait();
  data::BatchId next = 0;
  const Status answer = control_.hand_over([&](state::Checkpoint& checkpoint) -> Status {
    SLUICE_ASSIGN(const state::Position position, checkpoint.position());
    next = position.next_batch;
    return {};
  });
  engine.join();
  EXPECT_TRUE(answer);
  EXPECT_TRUE(control_.handed_over());
  EXPECT_FALSE(summary_.stopped_by_user);
  // Another run goes on right there.
  Pipeline second = make(1000);
  ASSERT_TRUE(EngineTest::run(second));
  EXPECT_EQ(listener_.first_batch, next);
  EXPECT_EQ(target_.rows.size(), 1000U);
}

TEST_F(ControlTest, ARefusedHandOverChangesNothing) {
  Pipeline pipeline = make_with(kContinuous);
  source_->ends = true;
  control_.pause();
  std::promise<void> held;
  asking_.when_held = [&] {
    if (asking_.holds.size() == 1) held.set_value();
  };
  std::jthread engine([&] { EXPECT_TRUE(run(pipeline)); });
  held.get_future().wait();
  const Status answer =
      control_.hand_over([](state::Checkpoint&) -> Status { return user_error("other SQL"); });
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message(), "other SQL");
  EXPECT_FALSE(control_.handed_over());
  control_.resume();
  engine.join();
  EXPECT_EQ(target_.rows.size(), 1000U);
}

TEST_F(ControlTest, WhoWaitsToTakeOverIsLetGoWhenTheRunEnds) {
  Pipeline pipeline = make_with(kContinuous);
  Status answer;
  std::jthread waiting;
  asking_.after_batch = [&] {
    if (asking_.batches == 1) {
      stop_.request_stop();  // goes before all orders
      waiting = std::jthread(
          [&] { answer = control_.hand_over([](state::Checkpoint&) { return Status(); }); });
    }
  };
  ASSERT_TRUE(run(pipeline));
  waiting.join();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind(), Kind::kCancelled);
}

}  // namespace
}  // namespace sluice::engine
