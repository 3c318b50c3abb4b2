#include "questions/question_watcher.h"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "engine/watch_doubles.h"
#include "questions/question_rig.h"

namespace sluice::questions {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Stands still until it is moved.
class MovedClock final : public Clock {
 public:
  Micros now() const override { return steady().count() / 1000; }
  std::chrono::nanoseconds steady() const override {
    const std::lock_guard lock(mutex_);
    return time_;
  }
  bool sleep_until(std::chrono::nanoseconds, std::stop_token) const override { return true; }
  void move(std::chrono::nanoseconds by) {
    const std::lock_guard lock(mutex_);
    time_ += by;
  }

 private:
  mutable std::mutex mutex_;
  std::chrono::nanoseconds time_{seconds(100)};
};

class QuestionWatcherTest : public QuestionTest {
 protected:
  /// A batch of the test's tables, whose reading takes some time by the clock.
  class Batch final : public engine::WatchedBatch {
   public:
    Batch(QuestionWatcherTest& test, data::BatchId id) : test_(test), id_(id) {}
    data::BatchId id() const override { return id_; }
    Micros started() const override { return 7'000'000; }
    Result<std::unique_ptr<connector::BatchTable>> rows(const sql::QueryPlan&) override {
      return internal_error("nothing is planned");
    }
    Status read(const engine::WatchedRelation& relation, const std::vector<std::size_t>& columns,
                const Receive& receive) override {
      test_.clock_.move(test_.cost_);
      std::string names;
      for (const std::size_t column : columns) {
        names += (names.empty() ? "" : ", ") + relation.schema[column].name;
      }
      SLUICE_ASSIGN(
          const auto table,
          sql::make_batch_table(*test_.session_, "SELECT " + names + " FROM " + relation.name));
      return table->read_chunks({}, receive);
    }

   private:
    QuestionWatcherTest& test_;
    const data::BatchId id_;
  };

  QuestionWatcherTest() {
    must("CREATE TABLE totals AS SELECT i AS n FROM range(5) AS r(i)");
    must("CREATE TABLE batch_rows AS SELECT i AS n FROM range(3000) AS r(i)");
    must("CREATE TABLE failing AS SELECT 'x' AS n");
  }
  ~QuestionWatcherTest() override {
    if (watcher_) watcher_->end({});
  }

  void start(CopyLimits limits = {}) {
    watcher_.emplace(desk_, clock_, limits);
    auto all = relations();
    for (engine::WatchedRelation& one : all) {
      // Its SQL fails when it is read.
      if (one.name == "failing")
        one.schema = data::Schema(std::vector<data::Field>{{"error('broken')", {}}});
      if (one.name == "failing") one.is_of_batch = true;
    }
    watcher_->introduce(std::move(all));
    ASSERT_TRUE(watcher_->open(notes_, 0));
  }

  /// Asks on a thread of its own, and waits until the desk has the question.
  void ask_for(std::vector<RelationWish> wish) {
    asking_ = std::jthread([this, wish = std::move(wish)](const std::stop_token& stop) {
      auto answer = desk_.ask(wish, clock_.steady() + seconds(1000), stop);
      const std::lock_guard lock(mutex_);
      answer_.emplace(std::move(answer));
    });
    std::unique_lock lock(mutex_);
    woken_.wait(lock, [this] { return wakes_ > 0; });
    wakes_ = 0;
  }
  Result<Copies> answered() {
    asking_.join();
    const std::lock_guard lock(mutex_);
    return *std::exchange(answer_, std::nullopt);
  }
  bool is_answered() {
    const std::lock_guard lock(mutex_);
    return answer_.has_value();
  }
  /// False: the batch is to be made again.
  bool batch(data::BatchId id) {
    Batch made(*this, id);
    const auto seen = watcher_->look(made);
    EXPECT_TRUE(seen) << seen.error().message();
    return *seen;
  }
  void publish() { EXPECT_TRUE(watcher_->between(0, &progress_)); }
  void look_between() {
    Batch left(*this, 4);
    EXPECT_TRUE(watcher_->look_between(left));
  }

  MovedClock clock_;
  std::chrono::nanoseconds cost_{0};  ///< of reading a relation
  std::mutex mutex_;
  std::condition_variable woken_;
  int wakes_ = 0;
  std::optional<Result<Copies>> answer_;
  CopyDesk desk_{clock_, [this] {
                   const std::lock_guard lock(mutex_);
                   ++wakes_;
                   woken_.notify_all();
                 }};
  engine::NotesInMemory notes_;
  BatchProgress progress_;
  std::optional<QuestionWatcher> watcher_;
  std::jthread asking_;
};

TEST_F(QuestionWatcherTest, NothingIsReadWhileNobodyAsks) {
  start();
  EXPECT_FALSE(watcher_->is_due(0, true));
  EXPECT_FALSE(watcher_->looks_at_each_batch());
  EXPECT_TRUE(watcher_->queries().empty());
  cost_ = seconds(1);
  EXPECT_TRUE(batch(1));
  EXPECT_EQ(clock_.steady(), seconds(100));
}

TEST_F(QuestionWatcherTest, ResultsAreGivenBetweenTwoBatches) {
  start();
  ask_for({{"totals", {0}}});
  EXPECT_TRUE(watcher_->is_due(0, false));
  look_between();
  const auto copies = answered();
  ASSERT_TRUE(copies) << copies.error().message();
  EXPECT_EQ(copies->relations.front().rows, 5U);
  EXPECT_EQ(copies->batch, 4);
  EXPECT_FALSE(copies->is_of_batch);
}

TEST_F(QuestionWatcherTest, RowsOfABatchAreGivenOnceItIsPublished) {
  start();
  ask_for({{"batch_rows", {0}}, {"totals", {0}}});
  EXPECT_FALSE(watcher_->is_due(0, true));
  look_between();
  EXPECT_TRUE(batch(5));
  EXPECT_FALSE(is_answered());
  publish();
  const auto copies = answered();
  ASSERT_TRUE(copies) << copies.error().message();
  EXPECT_EQ(copies->relations[0].rows, 3000U);
  EXPECT_EQ(copies->relations[1].rows, 5U);
  EXPECT_EQ(copies->batch, 5);
  EXPECT_TRUE(copies->is_of_batch);
}

TEST_F(QuestionWatcherTest, RowsOfABatchThatWasTakenBackAreNotGiven) {
  start();
  ask_for({{"batch_rows", {0}}});
  EXPECT_TRUE(batch(5));
  must("DELETE FROM batch_rows WHERE n >= 10");
  EXPECT_TRUE(batch(5));
  publish();
  EXPECT_EQ(answered()->relations[0].rows, 10U);
}

TEST_F(QuestionWatcherTest, ARelationThatFailsIsRefusedAndTheBatchMadeAgain) {
  start();
  ask_for({{"failing", {0}}});
  EXPECT_FALSE(batch(5));
  const auto copies = answered();
  ASSERT_FALSE(copies);
  EXPECT_EQ(copies.error().kind(), Kind::kUser);
  EXPECT_NE(copies.error().message().find("'failing': "), std::string::npos);
  EXPECT_TRUE(batch(5));
}

TEST_F(QuestionWatcherTest, MoreRowsOrBytesThanMayBeCopiedAreRefusedWithoutHarm) {
  start({.rows = 2500});
  ask_for({{"batch_rows", {0}}});
  EXPECT_TRUE(batch(5));
  EXPECT_NE(answered().error().message().find("E_QUESTION_TOO_LARGE: what it reads is more than "
                                              "2500 rows"),
            std::string::npos);
  watcher_->end({});
  start({.bytes = 20'000});
  ask_for({{"batch_rows", {0}}});
  EXPECT_TRUE(batch(6));
  EXPECT_NE(answered().error().message().find("E_QUESTION_TOO_LARGE"), std::string::npos);
}

TEST_F(QuestionWatcherTest, WhatTakesTooLongIsRefused) {
  start();
  cost_ = seconds(2);
  ask_for({{"totals", {0}}});
  look_between();
  EXPECT_NE(answered().error().message().find("copied in 1000 ms"), std::string::npos);
}

TEST_F(QuestionWatcherTest, TheNextCopyWaitsForThirtyThreeTimesTheLast) {
  start();
  cost_ = milliseconds(100);
  ask_for({{"totals", {0}}});
  look_between();
  EXPECT_TRUE(answered());
  auto last = clock_.steady();
  for (int round = 0; round < 3; ++round) {
    std::jthread next([this](const std::stop_token& stop) {
      auto answer = desk_.ask({{"totals", {0}}}, clock_.steady() + seconds(1000), stop);
      const std::lock_guard lock(mutex_);
      answer_.emplace(std::move(answer));
    });
    while (!is_answered()) {
      if (watcher_->is_due(0, false)) {
        EXPECT_GE(clock_.steady() - last, milliseconds(3300));
        look_between();
        last = clock_.steady();
      } else {
        clock_.move(milliseconds(50));
        std::this_thread::yield();
      }
    }
    EXPECT_TRUE(*answer_) << answer_->error().message();
    answer_.reset();
  }
}

TEST_F(QuestionWatcherTest, WhoAsksInVainLearnsWhatDidNotCome) {
  start();
  const auto none = desk_.ask({{"batch_rows", {0}}}, clock_.steady(), {});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind(), Kind::kTransient);
  EXPECT_NE(none.error().message().find("E_NO_BATCH: no batch came in time, and 'batch_rows' has"),
            std::string::npos)
      << none.error().message();
}

TEST_F(QuestionWatcherTest, TheEndOfTheRunLetsEverybodyGo) {
  start();
  ask_for({{"batch_rows", {0}}});
  watcher_->end({});
  const auto copies = answered();
  ASSERT_FALSE(copies);
  EXPECT_NE(copies.error().message().find("E_NO_BATCH: the run has ended"), std::string::npos);
  EXPECT_FALSE(desk_.ask({{"totals", {0}}}, clock_.steady() + seconds(1), {}));
}

TEST_F(QuestionWatcherTest, WhoGivesUpLeavesTheDeskFree) {
  start();
  ask_for({{"batch_rows", {0}}});
  asking_.request_stop();
  EXPECT_EQ(answered().error().kind(), Kind::kCancelled);
  ask_for({{"totals", {0}}});
  look_between();
  EXPECT_TRUE(answered());
}

}  // namespace
}  // namespace sluice::questions
