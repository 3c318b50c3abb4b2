#include "sql/view/late_rows.h"

#include <gtest/gtest.h>

#include "sql/plan/plan_fixture.h"

namespace sluice::sql {
namespace {

using connector::OutputMode;

class LateRowsTest : public PlanTest {
 protected:
  /// Plans the view `v` with late rows `missed`, a sink in `mode` on it, and `more` views w, x ...
  Result<Plan> plan_with_late(const std::string& sql, OutputMode mode = OutputMode::kAppend,
                              const std::vector<std::string>& more = {}) {
    event_time_ = "t";
    std::vector<ViewText> texts = {{"v", sql, {"p.yaml", 10, 5}}};
    texts[0].late_to = "missed";
    texts[0].late_location = {"p.yaml", 11, 9};
    char name = 'w';
    for (const std::string& text : more) texts.push_back({std::string(1, name++), text, {}});
    return make_plan(*session_, {{{"events", event_time_, {}}}, texts, {{"out", "v", mode}}});
  }

  void start_with_late(const std::string& sql, const std::vector<std::string>& more = {}) {
    auto made = plan_with_late(sql, OutputMode::kAppend, more);
    ASSERT_TRUE(made) << made.error().message();
    prepare(*std::move(made));
    must("SET VARIABLE sluice_watermark = epoch_us(TIMESTAMP '2024-01-01 00:01:00')");
    must("SET VARIABLE sluice_late = epoch_us(TIMESTAMP '2024-01-01 00:00:30')");
  }

  /// Rows a, b, c ... of these seconds.
  void batch_of(const std::vector<int>& seconds) {
    std::string sql;
    char name = 'a';
    for (const int second : seconds) {
      sql += (sql.empty() ? "" : " UNION ALL ") + std::string("SELECT '") + name++ +
             "', 1, 0, 0, TIMESTAMP '2024-01-01' + INTERVAL " + std::to_string(second) +
             " SECOND, []";
    }
    batch(sql);
  }
};

TEST_F(LateRowsTest, OfATumblingWindow) {
  start_with_late(
      "SELECT window(t, '10 seconds') AS w, count(*) AS n FROM events WHERE k <> 'b' AND "
      "i = 1 GROUP BY 1");
  batch_of({5, 6, 25, 30, 31});
  EXPECT_EQ(rows("SELECT k, i, second(t), second(w.start) FROM missed"), "a|1|5|0\nc|1|25|20\n");
}

TEST_F(LateRowsTest, OfASlidingWindowOnceForEachWindow) {
  start_with_late(
      "SELECT window.start AS s, count(*) AS n FROM events GROUP BY window(t, '20 seconds', '10 "
      "seconds')");
  batch_of({15, 25});
  EXPECT_EQ(rows("SELECT k, second(\"window\".start) FROM missed"), "a|0\na|10\nb|10\n");
  EXPECT_EQ(view("missed").schema.size(), 7U);
}

TEST_F(LateRowsTest, OfASession) {
  start_with_late(
      "SELECT session_window(t, '5 seconds') AS w, k, count(*) AS n FROM events GROUP BY 1, 2");
  batch_of({25, 26});
  EXPECT_EQ(rows("SELECT k, second(w.end) FROM missed"), "a|30\n");
}

TEST_F(LateRowsTest, OfAliasesInWhereAndABucket) {
  start_with_late(
      "SELECT time_bucket(INTERVAL 10 SECOND, t) AS bucket, upper(k) AS u, count(*) AS n FROM "
      "events WHERE u <> 'B' GROUP BY ALL");
  batch_of({5, 6, 35});
  EXPECT_EQ(rows("SELECT k FROM missed"), "a\n");
}

TEST_F(LateRowsTest, OfFirstRows) {
  start_with_late("SELECT DISTINCT upper(k) AS u, t FROM events WHERE u <> 'B'");
  batch_of({5, 6, 35});
  EXPECT_EQ(rows("SELECT k, i, second(t) FROM missed"), "a|1|5\n");
}

TEST_F(LateRowsTest, OfAUnion) {
  start_with_late("SELECT k, t FROM events UNION SELECT upper(k), t FROM events");
  batch_of({5, 35});
  EXPECT_EQ(rows("SELECT k, second(t) FROM missed"), "A|5\na|5\n");
}

TEST_F(LateRowsTest, AreAStreamForOtherViews) {
  start_with_late("SELECT window(t, '10 seconds') AS w, count(*) AS n FROM events GROUP BY 1",
                  {"SELECT k, count(*) AS n FROM missed GROUP BY k"});
  batch_of({5, 35});
  EXPECT_EQ(complete("w"), "a|1\n");
  EXPECT_EQ(view("missed").inputs, std::vector<std::string>{"events"});
  // No sink is on what reads them.
  EXPECT_EQ(plan_.source_columns.at("events"), (std::set<std::string>{"t"}));
  const std::vector<ViewText> texts = {
      {.name = "v",
       .sql = "SELECT window(t, '10 seconds') AS w, count(*) AS n FROM events GROUP BY 1",
       .late_to = "missed"},
      {.name = "w", .sql = "SELECT k, count(*) AS n FROM missed GROUP BY k"}};
  auto read = make_plan(
      *session_, {{{"events", "t", {}}},
                  texts,
                  {{"out", "v", OutputMode::kAppend}, {"late", "w", OutputMode::kComplete}}});
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->source_columns.at("events").size(), 6U);
}

TEST_F(LateRowsTest, ARowIsInTheResultOrLate) {
  start_with_late("SELECT DISTINCT ON (k, t) k, t FROM events");
  batch_of({5, 29, 30, 31, 40, 3});
  EXPECT_EQ(rows("SELECT count(*) FROM v"), "2\n");
  EXPECT_EQ(rows("SELECT count(*) FROM missed"), "4\n");
}

TEST_F(LateRowsTest, OfEachSideOfAJoin) {
  start_with_late(
      "SELECT a.k FROM events a JOIN (SELECT k AS kk, t AS tt FROM events WHERE k <> 'b') AS "
      "late_b "
      "ON a.k = kk AND tt BETWEEN t AND t + INTERVAL 1 MINUTE");
  batch_of({5, 6, 25, 30, 31});
  EXPECT_EQ(rows("SELECT a.k, a.i, second(a.t), late_b.kk, second(late_b.tt) FROM missed"),
            "a|1|5|NULL|NULL\nb|1|6|NULL|NULL\nc|1|25|NULL|NULL\nd|1|30|NULL|NULL\n"
            "NULL|NULL|NULL|a|5\nNULL|NULL|NULL|c|25\nNULL|NULL|NULL|d|30\n");
}

TEST_F(LateRowsTest, OfTheSideOfAJoinThatHasAnEventTime) {
  start_with_late(
      "SELECT a.k, a.t FROM events a JOIN (SELECT k AS kk FROM events) b ON a.k = kk WHERE a.i = "
      "1");
  batch_of({5, 31});
  EXPECT_EQ(rows("SELECT a.k FROM missed"), "a\n");
  EXPECT_EQ(view("missed").schema.size(), 1U);
}

TEST_F(LateRowsTest, OfTheJoinBelowAnAggregate) {
  start_with_late(
      "SELECT window(a.t, '10 seconds') AS w, count(*) AS n FROM events a JOIN events b ON a.k = "
      "b.k AND a.t = b.t GROUP BY 1");
  batch_of({5, 31});
  EXPECT_EQ(rows("SELECT a.k, b.k FROM missed"), "a|NULL\nNULL|a\n");
  EXPECT_EQ(view("missed").inputs, std::vector<std::string>{"events"});
}

TEST_F(LateRowsTest, OfEachSideOfSeveralJoins) {
  start_with_late(
      "SELECT a.k FROM events a JOIN events b ON a.k = b.k AND a.t = b.t JOIN (SELECT k AS ck, t "
      "AS "
      "ct FROM events) AS c ON ck = a.k AND ct = b.t");
  batch_of({5, 31});
  EXPECT_EQ(rows("SELECT a.k, b.k, c.ck FROM missed"), "a|NULL|NULL\nNULL|a|NULL\nNULL|NULL|a\n");
  EXPECT_EQ(view("missed").schema.size(), 3U);
}

TEST_F(LateRowsTest, NothingIsLateForAResultThatIsKeptWhole) {
  auto made =
      plan_with_late("SELECT window(t, '10 seconds') AS w, count(*) AS n FROM events GROUP BY 1",
                     OutputMode::kComplete);
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message().find("p.yaml:11:9: view 'v': late: no row is too late"),
            std::string::npos)
      << made.error().message();
}

TEST_F(LateRowsTest, NothingIsLateWithoutEventTime) {
  auto made = plan_with_late("SELECT k FROM events WHERE i > 0");
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message().find("no row can be too late"), std::string::npos);
}

TEST_F(LateRowsTest, AViewCannotReadItsOwn) {
  auto made = plan_with_late("SELECT DISTINCT k, t FROM missed");
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message().find("reads itself"), std::string::npos);
}

/// What late_step counts of rows that close at these moments.
class LateStepTest : public PlanTest {
 protected:
  std::string counted(const std::string& closes, const std::string& late = "100000000") {
    must("SET VARIABLE sluice_late = " + late + "::BIGINT");
    return rows(
        late_step("(SELECT unnest([" + closes + "]::BIGINT[]) AS close)", "count(*)", "close").sql +
        " ORDER BY 1");
  }
};

TEST_F(LateStepTest, OfRowsThatCloseInTimeNothing) { EXPECT_EQ(counted("100000001, NULL"), ""); }

TEST_F(LateStepTest, MoreThanWhatIsMissing) {
  EXPECT_EQ(counted("100000000, 99999998, 99999998"), "1|1\n4|2\n");
}

TEST_F(LateStepTest, RoundsUpByLessThanATwentieth) {
  const std::string one = counted("40000000");
  const std::int64_t missing = std::stoll(one);
  EXPECT_GT(missing, 60'000'000);
  EXPECT_LT(missing, 63'000'000);
}

TEST_F(LateStepTest, NeighboursAreOneLength) {
  EXPECT_EQ(counted("40000000, 39999000"), counted("40000000, 40000000"));
}

TEST_F(LateStepTest, EndsOfTimeDoNotOverflow) {
  EXPECT_NE(counted("-9223372036854775807", "9223372036854775807"), "");
}

}  // namespace
}  // namespace sluice::sql
