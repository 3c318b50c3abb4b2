#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include "engine/engine_rig.h"

namespace sluice::engine {
namespace {

class ReadAheadTest : public EngineTest {
 protected:
  Pipeline make_slow(std::int64_t end) {
    Pipeline pipeline = make(end);
    source_->slow = true;
    return pipeline;
  }

  /// Of publish(): long enough for a source to be asked that must not be.
  static void wait_a_while() { std::this_thread::sleep_for(std::chrono::milliseconds(50)); }

  /// Of publish(): whether the source is asked for what comes after `offset` before this returns.
  bool is_asked_for(std::int64_t offset) const {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (source_->asked != offset && std::chrono::steady_clock::now() < end) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return source_->asked == offset;
  }
};

TEST_F(ReadAheadTest, TheNextBatchIsReadWhileTheLastIsPublished) {
  Pipeline pipeline = make_slow(25);
  std::int64_t published = 0;
  sink_->on_publish = [&] {
    published = std::min<std::int64_t>(published + 10, 25);
    EXPECT_TRUE(is_asked_for(published));
  };
  const auto summary = run(pipeline);
  ASSERT_TRUE(summary) << summary.error().message();
  EXPECT_EQ(summary->batches, 3);
  EXPECT_EQ(target_.rows.size(), 25U);
  EXPECT_EQ(sum_of_rows(), 300);
  EXPECT_EQ(source_->released, "25");
  EXPECT_FALSE(source_->met_two_at_a_time);
}

TEST_F(ReadAheadTest, ASourceThatIsQuickIsNotAskedMeanwhile) {
  Pipeline pipeline = make(25);
  std::int64_t begin = 0;
  sink_->on_publish = [&] {
    wait_a_while();
    EXPECT_EQ(source_->asked, begin);
    begin += 10;
  };
  ASSERT_TRUE(run(pipeline));
}

TEST_F(ReadAheadTest, OneThatIsQuickIsNotAskedBesideASlowOne) {
  Pipeline pipeline = make_slow(10);
  SourcePart other;
  other.name = "others";
  auto numbers = std::make_unique<NumberSource>(10);
  NumberSource& quick = *numbers;
  other.columns = pipeline.sources[0].columns;
  other.limit.records = 10;
  other.source = std::move(numbers);
  pipeline.sources.push_back(std::move(other));
  sink_->on_publish = [&] {
    EXPECT_TRUE(is_asked_for(10));
    wait_a_while();
    EXPECT_EQ(quick.asked, 0);
  };
  ASSERT_TRUE(run(pipeline));
}

/// What comes in until the tick belongs to the tick's batch.
TEST_F(ReadAheadTest, ATriggerWithTicksReadsAtTheTick) {
  Pipeline pipeline = make_slow(10);
  pipeline.trigger = {Trigger::Kind::kEvery, std::chrono::seconds(1)};
  source_->ends = true;
  sink_->on_publish = [&] {
    wait_a_while();
    EXPECT_EQ(source_->asked, 0);
  };
  ASSERT_TRUE(run(pipeline));
  EXPECT_EQ(target_.rows.size(), 10U);
}

TEST_F(ReadAheadTest, AnErrorIsMetByTheNextBatch) {
  Pipeline pipeline = make_slow(25);
  bool first = true;
  sink_->on_stage = [&] {
    if (!std::exchange(first, false)) return;
    // One for the thread that reads ahead, and one for the batch itself.
    source_->read_errors.push_back(transient_error("gone"));
    source_->read_errors.push_back(transient_error("still gone"));
  };
  const auto summary = run(pipeline);
  ASSERT_TRUE(summary) << summary.error().message();
  EXPECT_EQ(target_.rows.size(), 25U);
  EXPECT_EQ(listener_.retries.size(), 1U);
  EXPECT_TRUE(listener_.retries.at(0).ends_with("still gone")) << listener_.retries.at(0);
}

TEST_F(ReadAheadTest, ABatchThatFailsAfterItWasReadAheadIsReadAgain) {
  Pipeline pipeline = make_slow(25);
  int stages = 0;
  sink_->on_stage = [&] {
    if (++stages == 2) sink_->stage_errors.push_back(transient_error("full"));
  };
  ASSERT_TRUE(run(pipeline));
  EXPECT_EQ(target_.rows.size(), 25U);
  EXPECT_EQ(sum_of_rows(), 300);
}

TEST_F(ReadAheadTest, AFailedPublishWaitsForTheReader) {
  Pipeline pipeline = make_slow(25);
  sink_->on_publish = [&] {
    if (is_asked_for(10)) sink_->publish_errors.push_back(user_error("no room"));
  };
  ASSERT_FALSE(run(pipeline));
  Pipeline second = make_slow(25);
  ASSERT_TRUE(run(second));
  EXPECT_EQ(target_.rows.size(), 25U);
  EXPECT_EQ(sum_of_rows(), 300);
}

}  // namespace
}  // namespace sluice::engine
