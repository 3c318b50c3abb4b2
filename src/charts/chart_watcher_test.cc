#include "charts/chart_watcher.h"

#include <algorithm>
#include <functional>
#include <map>

#include "base/json.h"
#include "charts/chart_rig.h"
#include "engine/watch_doubles.h"
#include "sql/duckdb/database.h"
#include "sql/functions/open_database.h"
#include "sql/scan/scan.h"

namespace sluice::charts {
namespace {

class Batch final : public engine::WatchedBatch {
 public:
  Batch(sql::Session& session, Micros started, std::vector<std::string>& asked)
      : session_(session), started_(started), asked_(asked) {}
  data::BatchId id() const override { return 0; }
  Micros started() const override { return started_; }
  Result<std::unique_ptr<connector::BatchTable>> rows(const sql::QueryPlan& query) override {
    asked_.push_back(query.name);
    return sql::make_batch_table(session_, query.select, query.schema);
  }

 private:
  sql::Session& session_;
  const Micros started_;
  std::vector<std::string>& asked_;
};

/// A watcher over tables of the test's own: what reads `batch` is of a batch's rows, the rest are
/// results.
class ChartWatcherTest : public testing::Test {
 protected:
  ChartWatcherTest() {
    database_ = *sql::open_database("", {});
    session_ = *database_->connect();
    must("CREATE TABLE batch(ts TIMESTAMP, n BIGINT, s VARCHAR)");
    must("CREATE TABLE result(s VARCHAR, kw DOUBLE)");
  }
  void must(const std::string& sql) {
    const auto done = session_->execute(sql);
    ASSERT_TRUE(done) << done.error().message();
  }

  /// A run of the charts, each "name: {...}".
  void start(const std::vector<std::string>& charts) {
    ChartBoard::Entries entries;
    for (const std::string& chart : charts) entries.push_back(chart_of(chart));
    board_.declare(entries, ui_of());
    watcher_ = std::make_unique<ChartWatcher>(entries, ui_of(), &board_);
    plans_.clear();
    for (const sql::ViewText& text : watcher_->queries()) {
      sql::QueryPlan plan{.name = text.name, .select = text.sql, .inputs = {}, .schema = {}};
      plan.schema = *session_->describe(text.sql);
      plan.is_of_batch = text.sql.find("batch") != std::string::npos;
      plans_.push_back(std::move(plan));
    }
    const auto checked = watcher_->check(plans_);
    ASSERT_TRUE(checked) << checked.error().message();
    ASSERT_TRUE(watcher_->open(notes_, now_));
  }
  /// A batch of these rows that is looked at and, unless it is taken back, published.
  bool batch(const std::string& rows, bool is_taken_back = false) {
    must("DELETE FROM batch");
    if (!rows.empty()) must("INSERT INTO batch VALUES " + rows);
    const std::vector<std::string> notes = notes_.pieces;
    Batch batch(*session_, now_, asked_);
    const auto seen = watcher_->look(batch);
    EXPECT_TRUE(seen) << seen.error().message();
    if (is_taken_back || !seen || !*seen) {
      notes_.pieces = notes;
      return false;
    }
    EXPECT_TRUE(watcher_->between(now_, &progress_));
    must("DELETE FROM batch");
    return true;
  }
  void idle() {
    while (watcher_->is_due(now_, false)) {
      Batch left(*session_, now_, asked_);
      const auto seen = watcher_->look_between(left);
      EXPECT_TRUE(seen);
    }
    EXPECT_TRUE(watcher_->between(now_, nullptr));
  }
  Json shown(const std::string& chart) {
    auto news = board_.news(chart, 0);
    EXPECT_TRUE(news) << news.error().message();
    return parse_json(news->json);
  }

  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<sql::Session> session_;
  ChartBoard board_{"p"};
  engine::NotesInMemory notes_;
  std::unique_ptr<ChartWatcher> watcher_;
  std::vector<sql::QueryPlan> plans_;
  BatchProgress progress_;
  std::vector<std::string> asked_;
  Micros now_ = 1'700'000'000'000'000;
};

const std::string kLineOfBatch = "line: {sql: \"SELECT ts, n FROM batch\", line: {x: ts, y: n}}";
const std::string kTable = "table: {sql: SELECT * FROM result, table: {}}";

std::string row(int second, int n) {
  return "('2024-01-01 00:00:" + std::string(second < 10 ? "0" : "") + std::to_string(second) +
         "', " + std::to_string(n) + ", 'a')";
}

TEST_F(ChartWatcherTest, BatchesAddAndResultsReplace) {
  start({kLineOfBatch, kTable});
  must("INSERT INTO result VALUES ('a', 1)");
  batch(row(1, 10));
  now_ += 2'000'000;
  must("UPDATE result SET kw = 2");
  batch(row(2, 20));
  EXPECT_EQ(shown("line")["data"], Json({{1704067201000, 1704067202000}, {10, 20}}));
  EXPECT_EQ(shown("table")["data"], Json({{"a"}, {2.0}}));
}

TEST_F(ChartWatcherTest, ABatchThatIsTakenBackIsNotShown) {
  start({kLineOfBatch});
  batch(row(1, 10), true);
  EXPECT_EQ(shown("line")["none"], "no batch has run yet");
  batch(row(1, 11));
  EXPECT_EQ(shown("line")["data"][1], Json({11}));
}

TEST_F(ChartWatcherTest, ResultsAreAskedOnceARefreshAndWhenBatchesStop) {
  start({"table: {sql: SELECT * FROM result, table: {}, refresh: 2s}"});
  must("INSERT INTO result VALUES ('a', 1)");
  batch("");
  EXPECT_FALSE(watcher_->is_due(now_, true));
  must("UPDATE result SET kw = 2");
  now_ += 500'000;
  batch("");
  EXPECT_EQ(asked_.size(), 1U);
  EXPECT_EQ(watcher_->next(), now_ + 1'500'000);
  idle();
  EXPECT_EQ(shown("table")["data"][1], Json({1.0}));
  EXPECT_TRUE(watcher_->is_due(now_, true));
  now_ += 1'500'000;
  idle();
  EXPECT_EQ(shown("table")["data"][1], Json({2.0}));
  now_ += 10'000'000;
  idle();
  EXPECT_EQ(asked_.size(), 2U);  // nothing can have changed
}

TEST_F(ChartWatcherTest, AResultThatWasAskedInABatchTakenBackIsAskedAgain) {
  start({kTable});
  must("INSERT INTO result VALUES ('a', 1)");
  batch("", true);
  must("UPDATE result SET kw = 2");
  batch("");
  EXPECT_EQ(shown("table")["data"][1], Json({2.0}));
}

TEST_F(ChartWatcherTest, WindowsThatAreOverStayInAChartAlongTime) {
  must("CREATE TABLE windows AS SELECT TIMESTAMP '2024-01-01 00:00:00' AS w, 1 AS n");
  const std::string chart = "c: {sql: \"SELECT w, n FROM windows\", line: {x: w, y: n}}";
  start({chart});
  batch("");
  // The first one gets its last rows, another begins; then the first is over.
  now_ += 2'000'000;
  must("UPDATE windows SET n = 2");
  must("INSERT INTO windows VALUES ('2024-01-01 00:01:00', 5)");
  batch("");
  now_ += 2'000'000;
  must("DELETE FROM windows WHERE n = 2");
  must("UPDATE windows SET n = 6");
  batch("");
  const Json both = Json({{1704067200000, 1704067260000}, {2, 6}});
  EXPECT_EQ(shown("c")["data"], both);
  // kill -9: what has left the result was in the batch's notes.
  start({chart});
  EXPECT_EQ(shown("c")["data"], both);
  now_ += 2'000'000;
  must("DELETE FROM windows");
  batch("");
  EXPECT_EQ(shown("c")["data"], both);
  // The range (15 min) ends it.
  now_ += 2'000'000;
  must("INSERT INTO windows VALUES ('2024-01-01 00:15:30', 9)");
  batch("");
  EXPECT_EQ(shown("c")["data"], Json({{1704067260000, 1704068130000}, {6, 9}}));
}

TEST_F(ChartWatcherTest, AFailedQueryStandsAloneAndIsNotAskedAgain) {
  start({kLineOfBatch,
         "broken: {sql: \"SELECT ts, CAST('x' || n AS BIGINT) AS n FROM batch\", line: {x: "
         "ts, y: n}}"});
  EXPECT_FALSE(batch(row(1, 10)));
  EXPECT_TRUE(batch(row(1, 10)));
  EXPECT_TRUE(batch(row(2, 20)));
  EXPECT_EQ(std::ranges::count(asked_, "chart 'broken'"), 1);
  EXPECT_EQ(shown("line")["data"][1], Json({10, 20}));
  const Json error = shown("broken")["error"];
  EXPECT_EQ(error["message"], "Could not convert string 'x10' to INT64");
  EXPECT_EQ(error["line"], 1);
  EXPECT_EQ(error["column"], 16);
}

TEST_F(ChartWatcherTest, AFailedResultDoesNotFailAgainWhenIdle) {
  start(
      {"broken: {sql: \"SELECT CAST(s AS BIGINT) AS n FROM result\", number: {value: n}}", kTable});
  batch("");
  must("INSERT INTO result VALUES ('a', 1)");
  batch("");
  now_ += 2'000'000;
  idle();
  EXPECT_FALSE(watcher_->is_due(now_, true));
  EXPECT_TRUE(shown("broken").contains("error"));
  EXPECT_EQ(shown("table")["data"][1], Json({1.0}));
}

TEST_F(ChartWatcherTest, ANumberHasItsPast) {
  start({"n: {sql: \"SELECT sum(kw) AS kw FROM result\", number: {value: kw}, refresh: 0s}"});
  for (int i = 1; i <= 3; ++i) {
    must("INSERT INTO result VALUES ('a', 1)");
    batch("");
    now_ += 1'000'000;
  }
  EXPECT_EQ(shown("n")["data"],
            Json({{1700000000000, 1700000001000, 1700000002000}, {1.0, 2.0, 3.0}}));
  auto news = board_.news("n", 0);
  must("INSERT INTO result VALUES ('a', 1)");
  batch("");
  news = board_.news("n", news->seen);
  EXPECT_EQ(parse_json(news->json)["mode"], "append");
  EXPECT_EQ(parse_json(news->json)["data"][1], Json({4.0}));
}

TEST_F(ChartWatcherTest, ValuesAreReadExactly) {
  start(
      {"t: {sql: \"SELECT DATE '1969-12-31' AS d, TIMESTAMP '1969-12-31 23:59:59.9999' AS t, "
       "'infinity'::TIMESTAMP AS i, 12345678901234567.25::DECIMAL(20,2) AS m, "
       "(-170141183460469231731687303715884105727)::HUGEINT AS h, 18446744073709551615::UBIGINT "
       "AS u, sum(1) AS one, [1, 2] AS l, true AS b, 'NaN'::DOUBLE AS nan, NULL AS nothing, "
       "'\\\\xAA'::BLOB AS bytes, 1.5::FLOAT AS f FROM result\", table: {}}"});
  batch("");
  const Json shows = shown("t");
  Json values;
  for (const Json& column : shows["data"]) values.push_back(column[0]);
  EXPECT_EQ(values, Json({-86400000, -1, nullptr, "12345678901234567.25",
                          "-170141183460469231731687303715884105727", "18446744073709551615",
                          nullptr, "[1, 2]", true, nullptr, nullptr, "\\xAA", 1.5}));
}

TEST_F(ChartWatcherTest, TheOrderOfAQueryIsKept) {
  start(
      {"t: {sql: \"SELECT i::DECIMAL(9,1) AS i FROM range(3000) AS r(i) ORDER BY (i * 7919) % "
       "3001\", table: {limit: 5}}"});
  batch("");
  const Json shows = shown("t");
  Json expected = Json::array();
  auto rows = session_->query(
      "SELECT i::DECIMAL(9,1) FROM range(3000) AS r(i) ORDER BY (i * 7919) % 3001 LIMIT 5");
  for (const auto& each : rows->values) expected.push_back(*each[0]);
  EXPECT_EQ(shows["data"][0], expected);
  EXPECT_EQ(shows["truncated"], true);
  EXPECT_EQ(shows["total"], 3000);
}

TEST_F(ChartWatcherTest, AHistogramCountsBatches) {
  start({"h: {sql: \"SELECT n FROM batch\", histogram: {x: n}}"});
  batch(row(1, 1) + "," + row(2, 3));
  now_ += 1'000'000;
  batch(row(3, 3));
  EXPECT_EQ(shown("h")["data"], Json({{1.0, 2.0, 3.0}, {2.0, 3.0, 4.0}, {1, 0, 2}}));
  now_ += 930'000'000;
  batch(row(3, 7));
  EXPECT_EQ(shown("h")["data"][2], Json({1}));
}

/// What a board shows of all charts, but for what a batch's clock says.
std::string all_of(const ChartBoard& board, const std::vector<std::string>& charts) {
  std::string all;
  for (const std::string& chart : charts) all += *board.csv(chart) + "\n";
  return all;
}

TEST_F(ChartWatcherTest, ARestartAtAnyBatchShowsTheSame) {
  const std::vector<std::string> charts = {
      "line: {sql: \"SELECT ts, n, s FROM batch\", line: {x: ts, y: n, by: s}, points: 20}",
      "donut: {sql: \"SELECT s, count(*) AS c FROM batch GROUP BY s\", donut: {part: s, value: c}}",
      "sum: {sql: \"SELECT sum(n) AS n FROM batch\", number: {value: n}, points: 10}",
      "hist: {sql: \"SELECT n FROM batch\", histogram: {x: n}}",
      "result: {sql: \"SELECT count(*) AS c FROM result\", gauge: {value: c}, refresh: 0s}"};
  const std::vector<std::string> names = {"line", "donut", "sum", "hist", "result"};
  const auto run = [&](int restart_every) {
    notes_.pieces.clear();
    must("DELETE FROM result");
    now_ = 1'700'000'000'000'000;
    start(charts);
    for (int i = 0; i < 70; ++i) {
      if (restart_every > 0 && i % restart_every == 0) start(charts);  // without end(): a kill
      must("INSERT INTO result VALUES ('a', 1)");
      const std::string rows = "(TIMESTAMP '2024-01-01' + INTERVAL " + std::to_string(i * 100) +
                               " MILLISECOND, " + std::to_string(i * i % 17) + ", '" +
                               (i % 3 == 0 ? "x" : "y") + "')";
      if (i % 7 == 3) batch(rows, true);
      batch(rows);
      now_ += 100'000;
    }
    return all_of(board_, names);
  };
  const std::string undisturbed = run(0);
  EXPECT_LT(notes_.pieces.size(), 80U);
  for (const int every : {1, 29}) EXPECT_EQ(run(every), undisturbed) << every;
}

TEST_F(ChartWatcherTest, NotesStayBounded) {
  start(
      {"line: {sql: \"SELECT ts, n, s FROM batch\", line: {x: ts, y: n, by: s}, points: 100}",
       "t: {sql: \"SELECT i, 'text' || i AS s FROM range(200) AS r(i)\", table: {}, refresh: 0s}"});
  std::size_t most = 0;
  for (int i = 0; i < 300; ++i) {
    batch(row(i % 60, i));
    now_ += 100'000;
    most = std::max(most, notes_.bytes());
  }
  EXPECT_LT(notes_.pieces.size(), 200U);
  EXPECT_LT(most, 300'000U);
}

TEST_F(ChartWatcherTest, NotesOfResultsThatAreAskedBetweenBatchesStayBounded) {
  // Batches always come before `refresh` has passed; only the looks between them note something.
  start(
      {"t: {sql: \"SELECT i, 'text' || i AS s FROM range(200) AS r(i)\", table: {}, refresh: 2s}"});
  batch("");
  for (int i = 0; i < 200; ++i) {
    now_ += 1'000'000;
    batch("");
    now_ += 10'000'000;
    idle();
  }
  EXPECT_LT(notes_.pieces.size(), 100U);
  EXPECT_GT(asked_.size(), 200U);
}

TEST_F(ChartWatcherTest, ResultsAreNotedEveryFewSecondsAndAtTheEnd) {
  start({"t: {sql: SELECT * FROM result, table: {}, refresh: 0s}"});
  must("INSERT INTO result VALUES ('a', 1)");
  batch("");
  const std::size_t first = notes_.pieces.size();
  EXPECT_EQ(first, 1U);
  for (int i = 0; i < 10; ++i) {
    now_ += 100'000;
    must("UPDATE result SET kw = kw + 1");
    batch("");
  }
  EXPECT_EQ(notes_.pieces.size(), first);
  watcher_->end(Status());
  EXPECT_EQ(notes_.pieces.size(), first + 1);
  const Json before = shown("t")["data"];
  start({"t: {sql: SELECT * FROM result, table: {}, refresh: 0s}"});
  EXPECT_EQ(shown("t")["data"], before);
  EXPECT_EQ(before[1], Json({11.0}));
}

TEST_F(ChartWatcherTest, AnotherDefinitionStartsEmptyAndOneThatHasGoneIsDropped) {
  start({kLineOfBatch, kTable});
  must("INSERT INTO result VALUES ('a', 1)");
  batch(row(1, 10));
  start({"line: {sql: \"SELECT ts, n + 1 AS n FROM batch\", line: {x: ts, y: n}}"});
  EXPECT_EQ(shown("line")["none"], "no batch has run yet");
  batch(row(1, 10));
  EXPECT_EQ(shown("line")["data"][1], Json({11}));
}

TEST_F(ChartWatcherTest, NotesThatCannotBeReadAreLeftOut) {
  start({kLineOfBatch});
  batch(row(1, 10));
  batch(row(2, 20));
  notes_.pieces[0] = "nonsense";
  start({kLineOfBatch});
  EXPECT_EQ(shown("line")["data"][1], Json({20}));
  notes_.pieces = {"", "sluiceH1", "sluiceH1\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"};
  start({kLineOfBatch});
  EXPECT_EQ(shown("line")["none"], "no batch has run yet");
  batch(row(3, 30));
  EXPECT_EQ(shown("line")["data"][1], Json({30}));
}

TEST_F(ChartWatcherTest, AMillionRowsOfABatchBecomeFew) {
  start(
      {"line: {sql: \"SELECT TIMESTAMP '2024-01-01' + to_milliseconds(i // 10) AS ts, CASE i WHEN "
       "777777 THEN 99.5 ELSE i % 7 END AS v FROM range(1000000) AS r(i), (SELECT 1 FROM batch)\", "
       "line: {x: ts, y: v}}"});
  batch(row(1, 1));
  const Json shows = shown("line");
  EXPECT_LT(shows["data"][0].size(), 1000U);
  EXPECT_EQ(std::ranges::count(shows["data"][1].get<std::vector<Json>>(), Json("99.5")) +
                std::ranges::count(shows["data"][1].get<std::vector<Json>>(), Json(99.5)),
            1);
  EXPECT_LT(notes_.bytes(), 50'000U);
}

TEST_F(ChartWatcherTest, AFilterThatNoChartHasIsRefused) {
  const ChartBoard::Entries entries = {chart_of(kTable)};
  ChartWatcher watcher(entries, ui_of({"site"}), nullptr);
  sql::QueryPlan plan{.name = "t", .select = "SELECT * FROM result", .inputs = {}, .schema = {}};
  plan.schema = *session_->describe(plan.select);
  const auto checked = watcher.check({&plan, 1});
  ASSERT_FALSE(checked);
  EXPECT_NE(checked.error().message().find("'filters' names the column 'site'"), std::string::npos);
}

}  // namespace
}  // namespace sluice::charts
