#include "alerts/alert_watcher.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <thread>

#include <gtest/gtest.h>

#include "alerts/receiver_doubles.h"
#include "engine/engine_rig.h"
#include "engine/watch_doubles.h"

namespace sluice::alerts {
namespace {

/// Alerts over a pipeline of numbers, ten a batch, whose notices go to a mailbox.
class AlertWatcherTest : public engine::EngineTest {
 protected:
  static Alert over(const std::string& sql) {
    Alert alert;
    alert.name = "high";
    alert.when.text = sql;
    alert.text = "n is {n}";
    alert.to = {"ops"};
    return alert;
  }

  Result<RunSummary> run_with(std::int64_t end, const Alert& alert,
                              const std::function<void(engine::Pipeline&)>& change = {}) {
    engine::Pipeline pipeline = make(end);
    pipeline.views = {{.name = "total", .sql = "SELECT sum(n) AS n FROM numbers"},
                      {.name = "odd", .sql = "SELECT n FROM numbers WHERE n % 2 = 1"}};
    board_ = std::make_shared<Board>(std::vector<Alert>{alert});
    Receivers receivers;
    receivers["ops"] = std::make_unique<MailboxReceiver>(ops_);
    auto watcher =
        std::make_unique<AlertWatcher>(WatcherParts{.pipeline = "test",
                                                    .sources = {"numbers"},
                                                    .board = board_,
                                                    .receivers = std::move(receivers),
                                                    .clock = clock_,
                                                    .random = random_,
                                                    .files = *files_,
                                                    .folder = folder_.path() + "/checkpoint",
                                                    .farewell = farewell_});
    AlertWatcher& own = *watcher;
    pipeline.watchers.push_back(std::move(watcher));
    if (change) change(pipeline);
    auto done = run(pipeline);
    if (!done) own.fail_at_start(done.error());
    return done;
  }
  std::string failure_path() const { return folder_.path() + "/checkpoint/alerts_failed.json"; }
  OrderedJson shown() const { return parse_ordered_json(board_->json()); }

  using Texts = std::vector<std::string>;
  Mailbox ops_;
  std::chrono::milliseconds farewell_{20'000};
  std::shared_ptr<Board> board_;
  SystemRandom random_;  // threads use it
};

TEST_F(AlertWatcherTest, ARowFiresAndItsAbsenceIsTheEnd) {
  const auto done = run_with(30, over("SELECT n FROM odd WHERE n BETWEEN 10 AND 12"));
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(ops_.texts(), (Texts{"firing ", "resolved "}));
  EXPECT_EQ(shown()["incidents"][0]["text"], "n is 11");
  EXPECT_EQ(shown()["alerts"][0]["state"], "ok");
}

TEST_F(AlertWatcherTest, KeysAreColumnsThatAreNoNumbers) {
  const auto done = run_with(
      10, over("SELECT 'k' || n AS k, n, n % 2 = 0 AS even FROM numbers WHERE n IN (3, 4)"));
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(ops_.texts(), (Texts{"firing k=k3, even=false", "firing k=k4, even=true"}));
}

TEST_F(AlertWatcherTest, ANewRunGoesOnWhereTheOldOneWas) {
  const Alert alert = over("SELECT n FROM total WHERE n BETWEEN 100 AND 500");
  ASSERT_TRUE(run_with(20, alert));
  EXPECT_EQ(ops_.texts(), Texts{"firing "});
  ASSERT_TRUE(run_with(30, alert));
  EXPECT_EQ(ops_.texts(), Texts{"firing "});
  ASSERT_TRUE(run_with(40, alert));
  EXPECT_EQ(ops_.texts(), (Texts{"firing ", "resolved "}));
  ASSERT_TRUE(run_with(50, alert));
  EXPECT_EQ(ops_.texts().size(), 2U);
}

TEST_F(AlertWatcherTest, WhatAnAlertThatIsGoneHasSaidIsOver) {
  const Alert alert = over("SELECT n FROM total WHERE n > 0");
  ASSERT_TRUE(run_with(10, alert));
  EXPECT_EQ(ops_.texts(), Texts{"firing "});
  Alert other = over("SELECT n FROM total WHERE n < 0");
  other.name = "other";
  other.to = {"nobody"};
  ASSERT_TRUE(run_with(20, other));
  EXPECT_EQ(ops_.texts(), (Texts{"firing ", "resolved "}));
}

TEST_F(AlertWatcherTest, NullAndItsWordAreTwoKeys) {
  const auto done = run_with(
      10, over("SELECT CASE WHEN n = 3 THEN 'NULL' END AS k, n FROM numbers WHERE n IN (3, 4)"));
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(ops_.texts(), (Texts{"firing \"NULL\"", "firing NULL"}));
}

TEST_F(AlertWatcherTest, LongKeysAreToldApartByTheirEnd) {
  const auto done =
      run_with(10, over("SELECT repeat('x', 5000) || n AS k, n FROM numbers WHERE n IN (3, 4)"));
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(ops_.texts().size(), 2U);
}

TEST_F(AlertWatcherTest, AKeyThatIsFollowedIsFoundWhereverItIs) {
  // Of 1,200 rows the last is the first batch's only one.
  const auto done = run_with(
      20, over("SELECT 'k' || i AS k, n FROM (SELECT max(n) AS n FROM total), range(1200) AS r(i) "
               "WHERE i = 1199 OR n > 100 ORDER BY i"));
  ASSERT_TRUE(done) << done.error().message();
  const Texts texts = ops_.texts();
  EXPECT_EQ(texts.front(), "firing k1199");
  EXPECT_EQ(std::ranges::count(texts, "resolved k1199"), 0);
}

TEST_F(AlertWatcherTest, ACheckpointOfAnotherRunIsNoFailure) {
  Alert alert;
  alert.name = "down";
  alert.job = JobCondition{};
  alert.to = {"ops"};
  ASSERT_FALSE(run_with(20, alert, [this](engine::Pipeline&) {
    source_->open_errors.emplace_back(Kind::kConflict, "E_CHECKPOINT_LOCKED");
  }));
  EXPECT_EQ(ops_.texts(), Texts{});
  EXPECT_FALSE(*files_->find(failure_path()));
}

TEST_F(AlertWatcherTest, AFailureIsNotSaidInASilence) {
  Alert alert;
  alert.name = "down";
  alert.job = JobCondition{};
  alert.to = {"ops"};
  const auto silence = [this] {
    ASSERT_TRUE(board_->silence("down", std::nullopt, clock_.now() + 1'000'000, clock_.now()));
  };
  ASSERT_FALSE(run_with(20, alert, [&](engine::Pipeline&) {
    silence();
    sink_->stage_errors.emplace_back(Kind::kUser, "no room");
  }));
  EXPECT_EQ(ops_.texts(), Texts{});
  // A process later, before it has its notes.
  ASSERT_FALSE(run_with(20, alert, [this](engine::Pipeline&) {
    source_->open_errors.emplace_back(Kind::kUser, "nobody is there");
  }));
  EXPECT_EQ(ops_.texts(), Texts{});
}

class BatchOfNothing final : public engine::WatchedBatch {
 public:
  data::BatchId id() const override { return 1; }
  Micros started() const override { return 0; }
  Result<std::unique_ptr<connector::BatchTable>> rows(const sql::QueryPlan&) override {
    return internal_error("nobody asks");
  }
};

/// Its time is the test's; who sleeps on it does so until it is stopped.
class HandClock final : public Clock {
 public:
  Micros now() const override { return at; }
  std::chrono::nanoseconds steady() const override { return std::chrono::microseconds(at); }
  bool sleep_until(std::chrono::nanoseconds deadline, std::stop_token stop) const override {
    while (!stop.stop_requested() && steady() < deadline) std::this_thread::yield();
    return !stop.stop_requested();
  }
  std::atomic<Micros> at = 1'000'000;
};

/// A watcher by hand: what its engine does the test does.
class AlertsByHandTest : public testing::Test {
 protected:
  std::unique_ptr<AlertWatcher> make(const Alert& alert) {
    board_ = std::make_shared<Board>(std::vector<Alert>{alert});
    Receivers receivers;
    receivers["ops"] = std::make_unique<MailboxReceiver>(ops_);
    return std::make_unique<AlertWatcher>(WatcherParts{.pipeline = "test",
                                                       .sources = {"in"},
                                                       .board = board_,
                                                       .receivers = std::move(receivers),
                                                       .clock = clock_,
                                                       .random = random_,
                                                       .files = *files_,
                                                       .folder = folder_.path() + "/c"});
  }
  static Alert of(JobCondition::Of what, double limit) {
    Alert alert;
    alert.name = "job";
    alert.job = JobCondition{what, limit};
    alert.to = {"ops"};
    return alert;
  }
  void wait_for(std::size_t notices) {
    // The thread may have begun to sleep after the time was set.
    while (ops_.texts().size() < notices) {
      clock_.at += 1000;
      std::this_thread::yield();
    }
  }

  io::TemporaryFolder folder_;
  std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
  HandClock clock_;
  SystemRandom random_;
  Mailbox ops_;
  engine::NotesInMemory notes_;
  std::shared_ptr<Board> board_;
};

TEST_F(AlertsByHandTest, WhatATimeWithoutAQuestionSaysIsNotedFirst) {
  Alert alert = of(JobCondition::Of::kBatchDuration, 5);
  alert.group_by = AlertColumns{};
  alert.group_wait = 10'000'000;
  const auto watcher = make(alert);
  ASSERT_TRUE(watcher->open(notes_, clock_.now()));
  BatchProgress progress;
  progress.batch = 0;
  progress.duration_us = 10;
  ASSERT_TRUE(watcher->between(clock_.now(), &progress));
  EXPECT_EQ(notes_.pieces.back().find("/firing"), std::string::npos);
  clock_.at += 20'000'000;
  BatchOfNothing batch;
  ASSERT_TRUE(watcher->look(batch));
  progress.batch = 1;
  ASSERT_TRUE(watcher->between(clock_.now(), &progress));
  wait_for(1);
  EXPECT_NE(notes_.pieces.back().find("/firing"), std::string::npos);
}

TEST_F(AlertsByHandTest, WhatIsSaidWhileABatchHangsIsKnownAfterAKill) {
  const Alert alert = of(JobCondition::Of::kFreshness, 60'000'000);
  auto watcher = make(alert);
  ASSERT_TRUE(watcher->open(notes_, clock_.now()));
  ASSERT_TRUE(watcher->between(clock_.now(), nullptr));
  clock_.at += 100'000'000;
  wait_for(1);
  // As a kill: nothing is noted any more.
  watcher.reset();
  watcher = make(alert);
  ASSERT_TRUE(watcher->open(notes_, clock_.now()));
  BatchProgress progress;
  progress.sources = {SourceProgress{.name = "in", .rows = 1}};
  ASSERT_TRUE(watcher->between(clock_.now(), &progress));
  watcher->end({});
  EXPECT_EQ(ops_.texts().back(), "resolved ");
  EXPECT_EQ(ops_.ids().back().substr(0, 32), ops_.ids().front().substr(0, 32));
}

TEST_F(AlertsByHandTest, StartsThatComeToNothingDoNotHideASilence) {
  const Alert alert = of(JobCondition::Of::kNoData, 60'000'000);
  std::shared_ptr<Board> before;
  for (int start = 0; start < 3; ++start) {
    const auto watcher = make(alert);
    if (before != nullptr) board_->go_on_from(*before);
    ASSERT_TRUE(watcher->open(notes_, clock_.now()));
    watcher->end(transient_error("again"));
    before = board_;
    clock_.at += 40'000'000;
  }
  EXPECT_EQ(ops_.texts(), std::vector<std::string>{"firing in"});
  EXPECT_NE(before->json().find("\"state\":\"firing\""), std::string::npos);
  Board next({alert});
  next.go_on_from(*before);
  EXPECT_NE(next.json().find("\"state\":\"firing\""), std::string::npos);
}

TEST_F(AlertWatcherTest, ABatchThatIsTakenBackSaysNothing) {
  const auto done = run_with(10, over("SELECT n FROM odd WHERE n = 9"), [this](engine::Pipeline&) {
    sink_->claims = true;
    for (int i = 0; i < 9; ++i) {
      sink_->claim_errors.emplace_back(Kind::kTransient, "asked too early");
    }
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(ops_.texts(), Texts{});
}

TEST_F(AlertWatcherTest, WhatIsNotSentIsSentByTheNextRun) {
  const Alert alert = over("SELECT n FROM total WHERE n = 45");
  ops_.hang(true);
  farewell_ = std::chrono::milliseconds(1);
  ASSERT_TRUE(run_with(10, alert));
  EXPECT_EQ(board_->sent()["ops"].waiting, 1);
  ops_.hang(false);
  farewell_ = std::chrono::milliseconds(20'000);
  ASSERT_TRUE(run_with(10, alert));
  EXPECT_EQ(ops_.texts(), (Texts{"firing ", "firing "}));
  EXPECT_EQ(ops_.ids()[0], ops_.ids()[1]);
  ASSERT_TRUE(run_with(10, alert));
  EXPECT_EQ(ops_.texts().size(), 2U);
}

TEST_F(AlertWatcherTest, AQueryThatFailsCostsTheAlertItsStateOnly) {
  const auto done = run_with(20, over("SELECT CAST('x' || n AS BIGINT) AS n FROM odd"));
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(sum_of_rows(), 190);
  EXPECT_EQ(shown()["alerts"][0]["state"], "error");
  EXPECT_NE(shown()["alerts"][0]["text"].get<std::string>().find("x1"), std::string::npos);
}

TEST_F(AlertWatcherTest, AColumnThatIsNotThereIsRefusedWithItsPlace) {
  Alert alert = over("SELECT n FROM odd");
  alert.text = "{m}";
  alert.text_location = {"p.yaml", 3, 9};
  const auto done = run_with(20, alert);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message(),
            "p.yaml:3:9: 'text' of alert 'high' names the column 'm', which the query has not; did "
            "you mean 'n'?");
}

TEST_F(AlertWatcherTest, ARunThatFailsAtItsStartSaysSoOnce) {
  Alert alert;
  alert.name = "down";
  alert.job = JobCondition{};
  alert.to = {"ops"};
  const auto break_start = [this](engine::Pipeline&) {
    source_->open_errors.emplace_back(Kind::kUser, "nobody is there");
  };
  ASSERT_FALSE(run_with(20, alert, break_start));
  EXPECT_EQ(ops_.texts(), Texts{"firing "});
  ASSERT_FALSE(run_with(20, alert, break_start));
  EXPECT_EQ(ops_.texts(), Texts{"firing "});
  ASSERT_TRUE(run_with(20, alert));
  EXPECT_EQ(ops_.texts(), (Texts{"firing ", "resolved "}));
  EXPECT_FALSE(*files_->find(failure_path()));
  ASSERT_FALSE(run_with(20, alert, break_start));
  EXPECT_EQ(ops_.texts().size(), 3U);
}

TEST_F(AlertWatcherTest, AnErrorAfterBatchesIsOverWithTheNextOne) {
  Alert alert;
  alert.name = "down";
  alert.job = JobCondition{};
  alert.to = {"ops"};
  ASSERT_FALSE(run_with(20, alert, [this](engine::Pipeline&) {
    sink_->stage_errors.emplace_back(Kind::kUser, "no room");
  }));
  EXPECT_EQ(ops_.texts(), Texts{"firing "});
  EXPECT_NE(shown()["incidents"][0]["text"].get<std::string>().find("no room"), std::string::npos);
  ASSERT_FALSE(run_with(20, alert, [this](engine::Pipeline&) {
    source_->open_errors.emplace_back(Kind::kUser, "nobody is there");
  }));
  EXPECT_EQ(ops_.texts(), Texts{"firing "});
  ASSERT_TRUE(run_with(20, alert));
  EXPECT_EQ(ops_.texts(), (Texts{"firing ", "resolved "}));
}

TEST_F(AlertWatcherTest, ASilenceIsKept) {
  const Alert alert = over("SELECT n FROM total WHERE n > 100");
  ASSERT_TRUE(run_with(10, alert));
  ASSERT_TRUE(run_with(10, alert, [this](engine::Pipeline&) {
    ASSERT_TRUE(board_->silence("high", std::nullopt, clock_.now() + 1'000'000, clock_.now()));
    ASSERT_FALSE(board_->silence("hihg", std::nullopt, clock_.now() + 1'000'000, clock_.now()));
  }));
  ASSERT_TRUE(run_with(20, alert));
  EXPECT_EQ(ops_.texts(), Texts{});
  EXPECT_EQ(shown()["alerts"][0]["state"], "silenced");
  EXPECT_EQ(shown()["incidents"][0]["to"], nullptr);
}

}  // namespace
}  // namespace sluice::alerts
