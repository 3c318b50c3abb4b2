#include "alerts/job_facts.h"

#include <gtest/gtest.h>

namespace sluice::alerts {
namespace {

using Of = JobCondition::Of;

/// One alert on the job, looked at by the test's clock, in seconds.
class JobFactsTest : public testing::Test {
 protected:
  void watch(Of of, double limit, const std::string& source = "") {
    Alert alert;
    alert.name = "job";
    alert.job = JobCondition{of, limit, source};
    alert.to = {"ops"};
    alerts_ = {alert};
    book_.emplace("p", alerts_);
    facts_.emplace("p", std::vector<std::string>{"in", "other"}, 0);
  }
  void batch(Micros at, std::int64_t rows, std::int64_t dead = 0,
             std::optional<std::int64_t> lag = {}, Micros duration = 0) {
    BatchProgress progress;
    progress.batch = batches_++;
    progress.duration_us = duration;
    SourceProgress source;
    source.name = "in";
    source.rows = rows;
    source.dead_letters = dead;
    source.lag = lag;
    progress.sources = {source};
    SinkProgress sink;
    sink.name = "out";
    sink.rows = rows - dead;
    progress.sinks = {sink};
    facts_->add(progress, at * kSecond, *book_);
  }
  /// The keys that hold; the book learns of them.
  std::vector<std::string> look(Micros at) {
    const auto seen = facts_->observe(alerts_.front(), at * kSecond, *book_);
    std::vector<std::string> keys;
    if (!seen) return {"nothing to judge by"};
    for (const ActiveKey& one : seen->active) {
      keys.push_back(one.key);
      last_text_ = one.text;
      last_anchor_ = one.anchor;
    }
    book_->observe("job", *seen, at * kSecond);
    return keys;
  }

  using Keys = std::vector<std::string>;
  std::vector<Alert> alerts_;
  std::optional<Book> book_;
  std::optional<JobFacts> facts_;
  std::int64_t batches_ = 0;
  std::string last_text_;
  std::string last_anchor_;
};

TEST_F(JobFactsTest, LagIsThatOfTheLastBatch) {
  watch(Of::kLagRecords, 100);
  EXPECT_EQ(look(1), Keys{"nothing to judge by"});
  batch(2, 10, 0, 100);
  EXPECT_EQ(look(2), Keys{});
  batch(3, 10, 0, 12'345);
  EXPECT_EQ(look(3), Keys{"in"});
  EXPECT_EQ(last_text_, "in has 12,345 records unread");
}

TEST_F(JobFactsTest, FreshnessCountsFromTheLastRows) {
  watch(Of::kFreshness, 60.0 * kSecond);
  EXPECT_EQ(facts_->next(alerts_.front(), *book_), (60 * kSecond) + 1);
  batch(50, 5);
  EXPECT_EQ(look(100), Keys{});
  batch(105, 0);
  EXPECT_EQ(look(110), Keys{});
  EXPECT_EQ(look(111), Keys{""});
  EXPECT_EQ(last_text_, "no rows were published for 1 min 01 s");
  batch(112, 5);
  EXPECT_EQ(look(112), Keys{});
}

TEST_F(JobFactsTest, AnIncidentOfFreshnessIsTheSameAfterARestart) {
  watch(Of::kFreshness, 60.0 * kSecond);
  batch(50, 5);
  EXPECT_EQ(look(120), Keys{""});
  const std::string anchor = last_anchor_;
  facts_.emplace("p", std::vector<std::string>{"in"}, 130 * kSecond);
  EXPECT_EQ(look(131), Keys{""});
  EXPECT_EQ(last_anchor_, anchor);
}

TEST_F(JobFactsTest, AFreshStartIsGivenItsTime) {
  watch(Of::kNoData, 60.0 * kSecond, "in");
  batch(50, 5);
  facts_.emplace("p", std::vector<std::string>{"in"}, 500 * kSecond);
  EXPECT_EQ(look(510), Keys{});
  EXPECT_EQ(look(561), Keys{"in"});
}

TEST_F(JobFactsTest, APauseIsNoSilence) {
  watch(Of::kNoData, 60.0 * kSecond, "in");
  batch(50, 5);
  facts_->resume(500 * kSecond);
  EXPECT_EQ(look(510), Keys{});
  EXPECT_EQ(look(561), Keys{"in"});
}

TEST_F(JobFactsTest, WithoutSinksFreshnessIsOfWhatWasRead) {
  watch(Of::kFreshness, 60.0 * kSecond);
  BatchProgress progress;
  SourceProgress source;
  source.name = "in";
  source.rows = 3;
  progress.sources = {source};
  facts_->add(progress, 50 * kSecond, *book_);
  EXPECT_EQ(look(100), Keys{});
  EXPECT_EQ(look(111), Keys{""});
}

TEST_F(JobFactsTest, AFailureIsSaidInTheWordsOfTheFile) {
  watch(Of::kFailed, 0);
  alerts_.front().text = "call us: {error}";
  EXPECT_EQ(JobFacts::failure(alerts_.front(), "p", "no room").active.front().text,
            "call us: no room");
}

TEST_F(JobFactsTest, NoDataIsOfEachSource) {
  watch(Of::kNoData, 60.0 * kSecond);
  batch(50, 5);
  EXPECT_EQ(look(70), Keys{"other"});
  EXPECT_EQ(look(111), (Keys{"in", "other"}));
}

TEST_F(JobFactsTest, DeadLettersAreAPartOfTheLastMinute) {
  watch(Of::kDeadLetterPart, 1.0);
  batch(1, 1000, 10);
  EXPECT_EQ(look(1), Keys{});
  batch(2, 100, 20);
  EXPECT_EQ(look(2), Keys{"in"});
  EXPECT_EQ(last_text_, "30 of 1,100 records of in do not decode (2.7 %)");
  EXPECT_EQ(look(62), Keys{});
}

TEST_F(JobFactsTest, DeadLettersAreCountedAMinute) {
  watch(Of::kDeadLetters, 10);
  batch(1, 1000, 10);
  EXPECT_EQ(look(1), Keys{});
  batch(30, 1, 1);
  EXPECT_EQ(look(30), Keys{"in"});
  EXPECT_EQ(look(61), Keys{});
}

TEST_F(JobFactsTest, ABatchIsLongByItsOwnTime) {
  watch(Of::kBatchDuration, 5.0 * kSecond);
  batch(1, 1, 0, {}, 6 * kSecond);
  EXPECT_EQ(look(1), Keys{""});
  batch(2, 1, 0, {}, 5 * kSecond);
  EXPECT_EQ(look(2), Keys{});
}

TEST_F(JobFactsTest, ATextOfTheFileHasTheFactsNames) {
  watch(Of::kNoData, 60.0 * kSecond, "in");
  alerts_.front().text = "{source} is silent";
  EXPECT_EQ(look(100), Keys{"in"});
  EXPECT_EQ(last_text_, "in is silent");
}

}  // namespace
}  // namespace sluice::alerts
