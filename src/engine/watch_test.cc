#include "engine/watch.h"

#include <functional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "engine/engine_rig.h"

namespace sluice::engine {
namespace {

/// What a run's watcher has seen and done.
struct Seen {
  std::vector<std::string> calls;
  std::vector<std::string> notes;  ///< as they were when the run began
  std::vector<std::int64_t> sums;  ///< of the rows of each batch
  std::vector<bool> of_batch;      ///< by query
  bool is_due = false;             ///< what was left out is asked for in idle time, not at the end
  bool fails_once = false;
};

/// Sums the first column of its query, and notes it; a query that fails is not asked again.
class SumWatcher final : public Watcher {
 public:
  SumWatcher(Seen& seen, std::vector<sql::ViewText> queries)
      : seen_(seen), queries_(std::move(queries)) {}

  std::string name() const override { return "sums"; }
  std::vector<sql::ViewText> queries() const override { return queries_; }
  Status check(std::span<const sql::QueryPlan> queries) override {
    plans_ = queries;
    for (const sql::QueryPlan& query : queries) seen_.of_batch.push_back(query.is_of_batch);
    return {};
  }
  Status open(WatchNotes& notes, Micros) override {
    notes_ = &notes;
    SLUICE_ASSIGN(seen_.notes, notes.read());
    return {};
  }
  Result<bool> look(WatchedBatch& batch) override {
    if (failed_) {
      seen_.calls.push_back("left out " + std::to_string(batch.id()));
      return true;
    }
    SLUICE_ASSIGN(const auto rows, batch.rows(plans_.front()));
    std::int64_t sum = 0;
    const auto read = rows->read_chunks({}, [&](const connector::RowChunk& chunk) -> Result<bool> {
      for (std::size_t row = 0; row < chunk.rows; ++row)
        sum += chunk.columns[0].at<std::int64_t>(row);
      return true;
    });
    if (!read) {
      seen_.calls.push_back("failed " + std::to_string(batch.id()));
      failed_ = true;
      return false;
    }
    seen_.sums.push_back(sum);
    seen_.calls.push_back("look " + std::to_string(batch.id()));
    SLUICE_TRY(notes_->add(std::to_string(sum)));
    return true;
  }
  Status between(Micros, const BatchProgress* progress) override {
    if (progress != nullptr) seen_.calls.push_back("after " + std::to_string(progress->batch));
    return {};
  }
  void end(const Status& how) override { seen_.calls.push_back(how ? "end" : "end with an error"); }

 private:
  Seen& seen_;
  std::vector<sql::ViewText> queries_;
  std::span<const sql::QueryPlan> plans_;
  WatchNotes* notes_ = nullptr;
  bool failed_ = false;
};

/// Leaves every second look out, and makes up for it between two batches. Its notes are one piece.
class LateWatcher final : public Watcher {
 public:
  explicit LateWatcher(Seen& seen) : seen_(seen) {}
  std::string name() const override { return "late"; }
  std::vector<sql::ViewText> queries() const override {
    return {{.name = "query 'late'", .sql = "SELECT n FROM total"}};
  }
  Status check(std::span<const sql::QueryPlan> queries) override {
    plans_ = queries;
    return {};
  }
  Status open(WatchNotes& notes, Micros) override {
    notes_ = &notes;
    SLUICE_ASSIGN(seen_.notes, notes.read());
    return {};
  }
  Result<bool> look(WatchedBatch& batch) override {
    SLUICE_TRY(notes_->add("of " + std::to_string(batch.id())));
    SLUICE_TRY(notes_->replace("all up to " + std::to_string(batch.id())));
    left_out_ = batch.id() % 2 == 1;
    if (!left_out_) SLUICE_TRY(sum("look", batch));
    return true;
  }
  bool is_due(Micros, bool rests) const override { return left_out_ && (rests || seen_.is_due); }
  Result<bool> look_between(WatchedBatch& left) override {
    if (std::exchange(seen_.fails_once, false)) return false;
    left_out_ = false;
    SLUICE_TRY(sum("between", left));
    return true;
  }
  Status between(Micros, const BatchProgress* progress) override {
    if (progress != nullptr) return notes_->replace("after " + std::to_string(progress->batch));
    return {};
  }

 private:
  Status sum(const std::string& call, WatchedBatch& batch) {
    SLUICE_ASSIGN(const auto rows, batch.rows(plans_.front()));
    return rows->read_chunks({}, [&](const connector::RowChunk& chunk) -> Result<bool> {
      seen_.calls.push_back(call + " " + std::to_string(batch.id()));
      seen_.sums.push_back(chunk.columns[0].at<std::int64_t>(0));
      return true;
    });
  }

  Seen& seen_;
  std::span<const sql::QueryPlan> plans_;
  WatchNotes* notes_ = nullptr;
  bool left_out_ = false;
};

class WatchTest : public EngineTest {
 protected:
  Result<RunSummary> run_watched(std::int64_t end, const std::string& sql,
                                 const std::function<void(Pipeline&)>& change = {}) {
    Pipeline pipeline = make(end);
    pipeline.views = {{.name = "even", .sql = "SELECT n FROM numbers WHERE n % 2 = 0"},
                      {.name = "total", .sql = "SELECT sum(n) AS n FROM numbers"}};
    std::vector<sql::ViewText> queries = {{.name = "query 'q'", .sql = sql}};
    pipeline.watchers.push_back(std::make_unique<SumWatcher>(seen_, std::move(queries)));
    if (change) change(pipeline);
    return run(pipeline);
  }

  using Calls = std::vector<std::string>;
  Seen seen_;
};

TEST_F(WatchTest, LooksAtEachBatchAndHearsOfItsEnd) {
  const auto done = run_watched(20, "SELECT n FROM even");
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(seen_.calls, (Calls{"look 0", "after 0", "look 1", "after 1", "end"}));
  EXPECT_EQ(seen_.sums, (std::vector<std::int64_t>{0 + 2 + 4 + 6 + 8, 10 + 12 + 14 + 16 + 18}));
  EXPECT_EQ(seen_.of_batch, std::vector<bool>{true});
}

TEST_F(WatchTest, AResultIsLookedAtAsAWhole) {
  const auto done = run_watched(20, "SELECT n FROM total");
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(seen_.sums, (std::vector<std::int64_t>{45, 190}));
  EXPECT_EQ(seen_.of_batch, std::vector<bool>{false});
}

TEST_F(WatchTest, NotesAreThereAtTheNextStart) {
  ASSERT_TRUE(run_watched(20, "SELECT n FROM even"));
  ASSERT_TRUE(run_watched(30, "SELECT n FROM even"));
  EXPECT_EQ(seen_.notes, (Calls{"20", "70"}));
}

TEST_F(WatchTest, NotesOfABatchThatIsTakenBackAreGone) {
  const auto done = run_watched(10, "SELECT n FROM even", [this](Pipeline&) {
    sink_->claims = true;
    sink_->claim_errors.emplace_back(Kind::kTransient, "asked too early");
  });
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(seen_.calls, (Calls{"look 0", "look 0", "after 0", "end"}));
  ASSERT_TRUE(run_watched(10, "SELECT n FROM even"));
  EXPECT_EQ(seen_.notes, (Calls{"20"}));
}

TEST_F(WatchTest, AQueryThatFailsDoesNotHoldTheRowsBack) {
  const auto done = run_watched(20, "SELECT CAST('x' || n AS BIGINT) AS n FROM even");
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(seen_.calls,
            (Calls{"failed 0", "left out 0", "after 0", "left out 1", "after 1", "end"}));
  EXPECT_EQ(sum_of_rows(), 190);
}

TEST_F(WatchTest, AQueryOfSomethingUnknownIsRefusedWithItsPlace) {
  const auto done = run_watched(20, "SELECT n FROM nothing");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind(), Kind::kUser);
  EXPECT_NE(done.error().message().find("query 'q'"), std::string::npos) << done.error().message();
  EXPECT_TRUE(seen_.calls.empty());
}

TEST_F(WatchTest, HearsOfTheErrorThatEndsTheRun) {
  const auto done = run_watched(20, "SELECT n FROM even", [](Pipeline& pipeline) {
    pipeline.views[0].sql += " AND n / 0 > 1";
  });
  EXPECT_EQ(seen_.calls.back(), done ? "end" : "end with an error");
}

TEST_F(WatchTest, WhatWasLeftOutIsLookedAtOnceTheRunRests) {
  const auto watch = [this](Pipeline& pipeline) {
    pipeline.watchers.clear();
    pipeline.watchers.push_back(std::make_unique<LateWatcher>(seen_));
  };
  const auto done = run_watched(20, "SELECT n FROM even", watch);
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(seen_.calls, (Calls{"look 0", "between 1"}));
  EXPECT_EQ(seen_.sums, (std::vector<std::int64_t>{45, 190}));
}

TEST_F(WatchTest, ALookBetweenThatFailsIsRepeatedAndHarmsNoBatch) {
  seen_.fails_once = true;
  const auto done = run_watched(20, "SELECT n FROM even", [this](Pipeline& pipeline) {
    pipeline.watchers.push_back(std::make_unique<LateWatcher>(seen_));
    pipeline.watchers.erase(pipeline.watchers.begin());
  });
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(seen_.sums, (std::vector<std::int64_t>{45, 190}));
  EXPECT_EQ(sum_of_rows(), 190);
}

TEST_F(WatchTest, NotesAreReplacedInABatchAndBetweenTwo) {
  const auto late = [this](Pipeline& pipeline) {
    pipeline.watchers.clear();
    pipeline.watchers.push_back(std::make_unique<LateWatcher>(seen_));
  };
  ASSERT_TRUE(run_watched(20, "SELECT n FROM even", late));
  ASSERT_TRUE(run_watched(20, "SELECT n FROM even", late));
  EXPECT_EQ(seen_.notes, Calls{"after 1"});
}

TEST_F(WatchTest, OrdersAndLimitsAreItsOwnAffair) {
  const auto done = run_watched(20, "SELECT n FROM numbers ORDER BY n DESC LIMIT 1");
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(seen_.sums, (std::vector<std::int64_t>{9, 19}));
}

}  // namespace
}  // namespace sluice::engine
