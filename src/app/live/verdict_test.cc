#include "app/live/verdict.h"

#include <functional>
#include <vector>

#include <gtest/gtest.h>

namespace sluice::app {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kNow = 1'700'000'000 * kSecond;

/// A batch a second until now, each of 1,000 rows: 0.4 s, of which decoding takes most.
std::vector<JudgedBatch> steady(int count = 60) {
  std::vector<JudgedBatch> batches;
  for (int i = 0; i < count; ++i) {
    JudgedBatch batch;
    batch.batch = i;
    batch.ended_us = kNow - (count - 1 - i) * kSecond;
    batch.duration_us = 400'000;
    batch.rows = 1000;
    batch.steps = {.plan = 2'000,
                   .read = 48'000,
                   .decode = 200'000,
                   .sql = 70'000,
                   .stage = 50'000,
                   .commit = 10'000,
                   .publish = 20'000};
    batch.lag = {.records = 300, .us = 300'000};
    batches.push_back(batch);
  }
  return batches;
}

Verdict verdict_of(const std::vector<JudgedBatch>& batches, std::int64_t every_us = kSecond,
                   const std::function<void(Evidence&)>& change = {}) {
  Evidence evidence;
  evidence.state = PipelineState::kRunning;
  evidence.since_us = kNow - 3600 * kSecond;
  evidence.every_us = every_us;
  evidence.batches = batches;
  if (change) change(evidence);
  return judge(evidence, kNow);
}

TEST(Verdict, KeepsUpAndSaysWhatBoundsIt) {
  const Verdict verdict = verdict_of(steady());
  EXPECT_EQ(verdict.state, VerdictState::kOk);
  EXPECT_EQ(verdict.head, "Keeping up, 0.3 s behind.");
  EXPECT_EQ(verdict.text,
            "Bound by decoding: 200 ms of 400 ms a batch. Each 1s trigger has 60 % to spare.");
  EXPECT_EQ(verdict.bound, "decode");
  EXPECT_DOUBLE_EQ(verdict.spare.value(), 0.6);
  EXPECT_DOUBLE_EQ(verdict.could.value(), 2500);
}

TEST(Verdict, WithoutAnIntervalSaysHowMuchFits) {
  const Verdict verdict = verdict_of(steady(), 0);
  EXPECT_EQ(verdict.text,
            "Bound by decoding: 200 ms of 400 ms a batch. About 2,500 rows a second fit.");
  EXPECT_FALSE(verdict.spare);
}

TEST(Verdict, ALagThatGrowsIsFallingBehindWithAdvice) {
  auto batches = steady();
  for (std::size_t i = 0; i < batches.size(); ++i) {
    batches[i].lag.us = 20 * kSecond + static_cast<std::int64_t>(i) * 250'000;
    batches[i].steps = {.publish = 1'200'000};
    batches[i].duration_us = 1'200'000;
  }
  const Verdict verdict =
      verdict_of(batches, kSecond, [](Evidence& evidence) { evidence.slowest_sink = "raw"; });
  EXPECT_EQ(verdict.state, VerdictState::kBehind);
  EXPECT_EQ(verdict.head, "Falling behind: 34 s, and 15 s more each minute.");
  EXPECT_EQ(verdict.bound, "sink");
  EXPECT_NE(verdict.text.find("Batches take longer than the 1s of the trigger."),
            std::string::npos);
  EXPECT_NE(verdict.text.find("Sink raw takes most of it"), std::string::npos) << verdict.text;
}

TEST(Verdict, ALagInRecordsAloneCountsToo) {
  auto batches = steady();
  for (std::size_t i = 0; i < batches.size(); ++i) {
    batches[i].lag = {.records = 50'000 + 500 * static_cast<std::int64_t>(i), .us = {}};
  }
  const Verdict verdict = verdict_of(batches);
  EXPECT_EQ(verdict.head, "Falling behind: 79,500 records, and 30,000 more each minute.");
}

TEST(Verdict, ALargeLagThatShrinksIsCatchingUp) {
  auto batches = steady();
  for (std::size_t i = 0; i < batches.size(); ++i) {
    batches[i].lag.us = 300 * kSecond - static_cast<std::int64_t>(i) * kSecond;
  }
  const Verdict verdict = verdict_of(batches);
  EXPECT_EQ(verdict.state, VerdictState::kOk);
  EXPECT_EQ(verdict.head, "Catching up: 4 min 01 s behind.");
}

TEST(Verdict, AShortLagIsNeverFallingBehind) {
  auto batches = steady();
  for (std::size_t i = 0; i < batches.size(); ++i) {
    batches[i].lag.us = static_cast<std::int64_t>(i) * 50'000;
  }
  EXPECT_EQ(verdict_of(batches).state, VerdictState::kOk);
}

TEST(Verdict, BatchesAtTheirLimitAreBoundByTheTrigger) {
  auto batches = steady();
  for (JudgedBatch& batch : batches) batch.lag = {.records = 5000, .us = 4 * kSecond};
  const Verdict verdict =
      verdict_of(batches, kSecond, [](Evidence& evidence) { evidence.limited = true; });
  EXPECT_EQ(verdict.bound, "trigger");
  EXPECT_NE(verdict.text.find("as many records as its limit allows"), std::string::npos);
}

TEST(Verdict, WithoutDataItWaits) {
  auto batches = steady();
  for (JudgedBatch& batch : batches) {
    batch.ended_us -= 300 * kSecond;
    batch.lag = {.records = 0, .us = 0};
  }
  const Verdict verdict = verdict_of(batches);
  EXPECT_EQ(verdict.state, VerdictState::kIdle);
  EXPECT_EQ(verdict.head, "Waiting for data for 5 min 00 s.");
  EXPECT_EQ(verdict.bound, "");
  EXPECT_EQ(verdict_of({}).head, "Waiting for the first record.");
}

TEST(Verdict, RecordsThatAreThereAreNotWaitedFor) {
  auto batches = steady();
  for (JudgedBatch& batch : batches) batch.ended_us -= 60 * kSecond;
  EXPECT_NE(verdict_of(batches).state, VerdictState::kIdle) << "a batch takes long";
}

TEST(Verdict, SaysWhyItDoesNotRun) {
  const auto of = [](PipelineState state) {
    return verdict_of(steady(), kSecond, [state](Evidence& evidence) {
      evidence.state = state;
      evidence.since_us = kNow - 180 * kSecond;
      evidence.error = "E_X: broken";
    });
  };
  EXPECT_EQ(of(PipelineState::kFailed).head, "Stopped by an error, 3 min 00 s ago.");
  EXPECT_EQ(of(PipelineState::kFailed).text, "E_X: broken");
  EXPECT_EQ(of(PipelineState::kPaused).state, VerdictState::kPaused);
  EXPECT_EQ(of(PipelineState::kFinished).state, VerdictState::kFinished);
  EXPECT_EQ(of(PipelineState::kStarting).state, VerdictState::kStarting);
}

TEST(Verdict, AStepThatIsTriedAgainComesFirst) {
  const Verdict verdict = verdict_of(steady(), kSecond, [](Evidence& evidence) {
    evidence.retrying = "publish batch 7 to delta";
  });
  EXPECT_EQ(verdict.state, VerdictState::kRetrying);
  EXPECT_EQ(verdict.head, "Tries again: publish batch 7 to delta.");
}

TEST(Steps, AddUpToTheBatch) {
  BatchProgress batch;
  batch.duration_us = 1000;
  batch.phase_us = {{"plan", 10},   {"read", 90},   {"run", 300},
                    {"stage", 200}, {"commit", 50}, {"publish", 100}};
  batch.decode_us = {{"run", 120}, {"stage", 500}};
  const BatchSteps steps = steps_of(batch);
  EXPECT_EQ(steps.decode, 120 + 200) << "no more than there is";
  EXPECT_EQ(steps.sql, 180);
  EXPECT_EQ(steps.stage, 0);
  EXPECT_EQ(steps.publish, 100 + 250) << "with what comes after it";
}

TEST(Lag, IsUnknownWhenOneSourceDoesNotKnow) {
  BatchProgress batch;
  batch.sources = {{.name = "a", .lag = 5, .lag_us = 7}, {.name = "b", .lag = 6}};
  const Lag lag = lag_of(batch);
  EXPECT_EQ(lag.records, 11);
  EXPECT_EQ(lag.us, std::nullopt);
  EXPECT_EQ(lag_of({}).records, std::nullopt);
}

}  // namespace
}  // namespace sluice::app
