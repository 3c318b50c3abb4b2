#include "engine/engine.h"

#include <numeric>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/border.h"
#include "engine/engine_rig.h"
#include "io/lock_file.h"
#include "support/captured_log.h"

namespace sluice::engine {
namespace {

TEST_F(EngineTest, AvailableNowReadsAllInLimitedBatches) {
  Pipeline pipeline = make(25);
  const auto summary = run(pipeline);
  ASSERT_TRUE(summary) << summary.error().message();
  EXPECT_EQ(summary->batches, 3);
  EXPECT_EQ(target_.rows.size(), 25U);
  EXPECT_EQ(source_->released, "25");
}

TEST_F(EngineTest, WhatABatchThrowsIsAnErrorAndTheNextRunGoesOn) {
  Pipeline first = make(25);
  int batches = 0;
  sink_->on_stage = [&] {
    if (++batches == 2) static_cast<void>(nlohmann::json::parse("[").at(0));
  };
  const auto failed = at_border("run", [&] { return run(first); });
  ASSERT_FALSE(failed);
  EXPECT_TRUE(failed.error().message().starts_with("E_EXCEPTION: run: [json.exception"))
      << failed.error().message();
  EXPECT_EQ(target_.rows.size(), 10U);
  Pipeline second = make(25);
  ASSERT_TRUE(run(second));
  EXPECT_EQ(target_.rows.size(), 25U);
}

TEST_F(EngineTest, WhereASourceBeginsIsLoggedOnce) {
  CapturedLog logged(LogLevel::kInfo);
  for (int start = 0; start < 2; ++start) {
    Pipeline pipeline = make(25);
    EXPECT_TRUE(run(pipeline));
  }
  const std::string line = "source numbers begins at 0\n";
  const std::size_t first = logged.text().find(line);
  ASSERT_NE(first, std::string::npos) << logged.text();
  EXPECT_EQ(logged.text().find(line, first + 1), std::string::npos) << logged.text();
}

TEST_F(EngineTest, AvailableNowWaitsForASourceThatWillEnd) {
  Pipeline pipeline = make(25);
  source_->ends = true;
  source_->nothing_yet = 3;
  ASSERT_TRUE(run(pipeline));
  EXPECT_EQ(target_.rows.size(), 25U);
}

TEST_F(EngineTest, RunEndsWithItsSources) {
  for (const auto kind : {Trigger::Kind::kContinuous, Trigger::Kind::kEvery}) {
    target_ = {};
    Pipeline pipeline = make(25);
    pipeline.checkpoint = folder_.at(std::to_string(static_cast<int>(kind)));
    pipeline.trigger = {kind, std::chrono::seconds(1)};
    source_->ends = true;
    source_->nothing_yet = 3;
    const auto summary = run(pipeline);
    ASSERT_TRUE(summary) << summary.error().message();
    EXPECT_FALSE(summary->stopped_by_user);
    EXPECT_EQ(target_.rows.size(), 25U);
  }
}

TEST_F(EngineTest, ASourceThatWillEndIsNotReadInOneBatch) {
  Pipeline pipeline = make(25);
  pipeline.trigger.kind = Trigger::Kind::kOnce;
  source_->ends = true;
  const auto summary = run(pipeline);
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().kind(), Kind::kUser);
}

TEST_F(EngineTest, SecondRunGoesOnWhereTheFirstEnded) {
  Pipeline first = make(25);
  ASSERT_TRUE(run(first));
  Pipeline second = make(40);
  ASSERT_TRUE(run(second));
  EXPECT_EQ(listener_.first_batch, 3);
  EXPECT_EQ(target_.rows.size(), 40U);
  EXPECT_EQ(sum_of_rows(), 40 * 39 / 2);
}

TEST_F(EngineTest, StartIsAskedOnceInACheckpointsLife) {
  Pipeline first = make(5);
  source_->start = 5;  // as `start: latest` would answer now
  ASSERT_TRUE(run(first));
  Pipeline second = make(9);
  source_->start = 9;  // and now
  ASSERT_TRUE(run(second));
  EXPECT_EQ(target_.rows, (std::vector<std::string>{"5", "6", "7", "8"}));
}

TEST_F(EngineTest, TransientReadErrorIsTriedAgain) {
  Pipeline pipeline = make(5);
  source_->read_errors.push_back(transient_error("broker is away"));
  ASSERT_TRUE(run(pipeline));
  EXPECT_EQ(target_.rows.size(), 5U);
  ASSERT_EQ(listener_.retries.size(), 1U);
  EXPECT_NE(listener_.retries[0].find("broker is away"), std::string::npos);
}

TEST_F(EngineTest, RetriesAreBounded) {
  Pipeline pipeline = make(5);
  for (int i = 0; i < 10; ++i) source_->read_errors.push_back(transient_error("still away"));
  const auto summary = run(pipeline);
  ASSERT_FALSE(summary);
  EXPECT_EQ(listener_.retries.size(), 3U);
  EXPECT_TRUE(target_.rows.empty());
}

TEST_F(EngineTest, FailedStageTakesTheBatchBack) {
  Pipeline pipeline = make(5);
  sink_->stage_errors.push_back(transient_error("disk full"));
  ASSERT_TRUE(run(pipeline));
  EXPECT_EQ(target_.rows.size(), 5U);
  EXPECT_EQ(target_.discards, 0);  // what is staged may be another checkpoint's
}

TEST_F(EngineTest, FailedStageIsDiscardedOnceTheSinkIsOurs) {
  Pipeline first = make(5);
  ASSERT_TRUE(run(first));
  Pipeline second = make(9);
  sink_->stage_errors.push_back(transient_error("disk full"));
  ASSERT_TRUE(run(second));
  EXPECT_EQ(target_.discards, 2);  // at the start, and after the failure
}

TEST_F(EngineTest, LostAnswerOfPublishDoesNotWriteTwice) {
  Pipeline pipeline = make(5);
  sink_->publish_first = true;
  sink_->publish_errors.push_back(Error(Kind::kUnknownOutcome, "no answer"));
  ASSERT_TRUE(run(pipeline));
  EXPECT_EQ(target_.rows.size(), 5U);
}

TEST_F(EngineTest, CommittedButUnpublishedBatchIsRedoneAtTheNextStart) {
  Pipeline first = make(5);
  sink_->publish_errors.push_back(Error(Kind::kConflict, "stop here"));
  ASSERT_FALSE(run(first));
  EXPECT_TRUE(target_.rows.empty());
  Pipeline second = make(5);
  ASSERT_TRUE(run(second));
  EXPECT_EQ(listener_.redone_entries, 1);
  EXPECT_EQ(target_.rows.size(), 5U);
}

TEST_F(EngineTest, StateIsKeptBetweenRuns) {
  for (const std::int64_t end : {25, 40}) {
    Pipeline pipeline = make(end, "total");
    pipeline.views.push_back({"total", "SELECT sum(n) AS s FROM numbers", {}});
    pipeline.sinks[0].mode = connector::OutputMode::kComplete;
    const auto summary = run(pipeline);
    ASSERT_TRUE(summary) << summary.error().message();
  }
  EXPECT_EQ(target_.rows.back(), std::to_string(40 * 39 / 2));
}

TEST_F(EngineTest, FailedBatchLeavesStateAsItWas) {
  Pipeline pipeline = make(25, "total");
  pipeline.views.push_back({"total", "SELECT sum(n) AS s FROM numbers", {}});
  pipeline.sinks[0].mode = connector::OutputMode::kComplete;
  sink_->stage_errors.push_back(transient_error("disk full"));
  ASSERT_TRUE(run(pipeline));
  EXPECT_EQ(target_.rows.back(), std::to_string(25 * 24 / 2));
}

TEST_F(EngineTest, ChangedAggregateOverKeptStateIsRefused) {
  Pipeline first = make(5, "total");
  first.views.push_back({"total", "SELECT sum(n) AS s FROM numbers", {}});
  first.sinks[0].mode = connector::OutputMode::kComplete;
  ASSERT_TRUE(run(first));
  Pipeline second = make(9, "total");
  second.views.push_back({"total", "SELECT n % 2, sum(n) FROM numbers GROUP BY 1", {}});
  second.sinks[0].mode = connector::OutputMode::kComplete;
  const auto summary = run(second);
  ASSERT_FALSE(summary);
  EXPECT_NE(summary.error().message().find("E_STATE_CHANGED"), std::string::npos);
}

TEST_F(EngineTest, ViewThatWasAwayForABatchIsRefused) {
  const auto with_total = [this](std::int64_t end) {
    Pipeline pipeline = make(end, "total");
    pipeline.views.push_back({"total", "SELECT sum(n) AS s FROM numbers", {}});
    pipeline.sinks[0].mode = connector::OutputMode::kComplete;
    return pipeline;
  };
  Pipeline first = with_total(5);
  ASSERT_TRUE(run(first));
  // Away, and back before there was a batch.
  Pipeline empty = make(5);
  ASSERT_TRUE(run(empty));
  Pipeline back = with_total(7);
  const auto ran = run(back);
  ASSERT_TRUE(ran) << ran.error().message();
  EXPECT_EQ(target_.rows.back(), std::to_string(7 * 6 / 2));
  Pipeline without = make(9);
  ASSERT_TRUE(run(without));
  Pipeline too_late = with_total(11);
  const auto summary = run(too_late);
  ASSERT_FALSE(summary);
  EXPECT_EQ(
      summary.error().message(),
      "E_STATE_CHANGED: view 'total' was not in the pipeline in batch 2, whose rows its state "
      "lacks\n  let 'sluice rebuild' make it again from the sources, give the view another name "
      "(its state starts empty), or use another checkpoint "
      "(everything is read again)");
}

TEST_F(EngineTest, SinkAheadOfTheCheckpointStopsAtTheStart) {
  target_.head = connector::Head{7, "theirs"};
  Pipeline pipeline = make(5);
  const auto summary = run(pipeline);
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().kind(), Kind::kCorruption);
}

TEST_F(EngineTest, CountsAddUp) {
  Pipeline pipeline = make(25, "even");
  pipeline.views.push_back({"even", "SELECT n FROM numbers WHERE n % 2 = 0", {}});
  const auto summary = run(pipeline);
  ASSERT_TRUE(summary) << summary.error().message();
  const SinkProgress& sink = summary->sinks.at(0);
  EXPECT_EQ(sink.rows_in, 25);
  EXPECT_EQ(sink.kept, 13);
  EXPECT_EQ(sink.filtered, 12);
}

TEST_F(EngineTest, AfterAnErrorTheSummaryHoldsWhatWasPublished) {
  Pipeline pipeline = make(25, "odd");
  pipeline.views.push_back(
      {"odd", "SELECT CASE WHEN n = 15 THEN error('fifteen') ELSE n END AS n FROM numbers", {}});
  ASSERT_FALSE(run(pipeline));
  EXPECT_EQ(summary_.batches, 1);
  ASSERT_EQ(summary_.sinks.size(), 1U);
  EXPECT_EQ(summary_.sinks[0].rows, 10);
}

TEST_F(EngineTest, AViewThatCannotComputeARowIsNamedWithIt) {
  const std::string number = "CASE WHEN n IN (13, 18) THEN error('bad ' || n) ELSE n END";
  struct Views {
    std::vector<sql::ViewText> texts;
    std::string failing;
    connector::OutputMode mode;
  };
  const std::vector<Views> cases = {
      {{{"a", "SELECT * FROM numbers", {"p.yaml", 3, 7}},
        {"b", "SELECT " + number + " AS n FROM a WHERE n > 11", {"p.yaml", 4, 7}}},
       "p.yaml:4:7: view 'b': ",
       connector::OutputMode::kAppend},
      {{{"b", "SELECT sum(" + number + ") AS n FROM numbers", {"p.yaml", 3, 7}}},
       "p.yaml:3:7: view 'b': ",
       connector::OutputMode::kComplete},
      {{{"a", "SELECT n % 2 AS k, sum(n) AS n FROM numbers GROUP BY k", {}},
        {"b", "SELECT sum(CASE WHEN n > 20 THEN error('bad ' || n) ELSE n END) AS n FROM a", {}}},
       "view 'b': ",
       connector::OutputMode::kComplete},
  };
  for (const Views& one : cases) {
    io::TemporaryFolder folder;
    Pipeline pipeline = make(25, "b");
    pipeline.checkpoint = folder.path() + "/checkpoint";
    target_ = {};
    pipeline.views = one.texts;
    pipeline.sinks[0].mode = one.mode;
    const auto summary = run(pipeline);
    ASSERT_FALSE(summary);
    const std::string& message = summary.error().message();
    EXPECT_NE(message.find(one.failing), std::string::npos) << message;
    EXPECT_NE(message.find("bad "), std::string::npos) << message;
    if (one.texts[0].name == "a" && one.mode == connector::OutputMode::kComplete) continue;
    EXPECT_NE(message.find("source=numbers at  partition=0 offset=0 row={'n': 13}"),
              std::string::npos)
        << message;
  }
}

TEST_F(EngineTest, TwoEnginesOnOneCheckpointAreKeptApart) {
  Pipeline pipeline = make(5);
  const auto held = io::LockFile::try_acquire(folder_.path() + "/lock");
  pipeline.checkpoint = folder_.path();
  ASSERT_TRUE(held && *held);
  const auto summary = run(pipeline);
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().kind(), Kind::kConflict);
}

}  // namespace
}  // namespace sluice::engine
