#include <gtest/gtest.h>

#include "sql/join/join_fixture.h"

namespace sluice::sql {
namespace {

using connector::OutputMode;

using JoinPlanTest = JoinTest;

constexpr char kOn[] =
    " ON v.k = w.k AND w.t BETWEEN v.t - INTERVAL 3 SECOND AND v.t + INTERVAL '7 "
    "seconds'";

TEST_F(JoinPlanTest, Inner) {
  expect_same_as_plain(std::string("SELECT v.k, v.i AS a, w.i * 2 AS b, w.t FROM v JOIN w") + kOn);
}

TEST_F(JoinPlanTest, Left) {
  expect_same_as_plain(std::string("SELECT v.k, v.i AS a, w.i AS b, w.t FROM v LEFT JOIN w") + kOn);
}

TEST_F(JoinPlanTest, Right) {
  expect_same_as_plain(std::string("SELECT v.k, v.i AS a, w.* FROM v RIGHT JOIN w") + kOn);
}

TEST_F(JoinPlanTest, Full) {
  expect_same_as_plain(std::string("SELECT * FROM v FULL JOIN w") + kOn);
}

TEST_F(JoinPlanTest, Semi) {
  expect_same_as_plain(std::string("SELECT * FROM v SEMI JOIN w") + kOn + " WHERE v.i > 2");
}

TEST_F(JoinPlanTest, Anti) {
  expect_same_as_plain(std::string("SELECT v.* FROM v ANTI JOIN w") + kOn + " WHERE v.i > 2");
}

TEST_F(JoinPlanTest, WhereFiltersAfterAnOuterJoin) {
  expect_same_as_plain(std::string("SELECT v.k, v.i FROM v LEFT JOIN w") + kOn +
                       " AND w.i < -4 WHERE w.k IS NULL OR v.i < 3");
}

TEST_F(JoinPlanTest, BoundsInWhereOfAnInnerJoin) {
  expect_same_as_plain(
      "SELECT v.k, v.i, w.i AS j FROM v, w WHERE v.k = w.k AND w.t - v.t <= INTERVAL 4 SECOND "
      "AND v.t < w.t + INTERVAL 2 SECOND");
}

TEST_F(JoinPlanTest, UsingWithAStar) {
  expect_same_as_plain("SELECT * FROM v FULL JOIN w USING (k, t)");
}

TEST_F(JoinPlanTest, ConditionsThatAreNoEqualities) {
  expect_same_as_plain(
      "SELECT v.i AS a, w.i AS b FROM v LEFT JOIN w ON w.t >= v.t AND w.t < v.t + "
      "INTERVAL 1 SECOND AND v.i + w.i > 0");
}

TEST_F(JoinPlanTest, CommonTableExpressionsAndSubqueriesAsSides) {
  expect_same_as_plain(
      "WITH a AS (SELECT k, t, i + 1 AS i FROM v WHERE i > 1) SELECT a.k, a.i, b.i AS j FROM a "
      "JOIN (SELECT k, i, t AS s FROM w) AS b ON a.k = b.k AND s BETWEEN a.t AND a.t + INTERVAL 9 "
      "SECOND AND a.t <= s");
}

class AggregateOfJoinTest : public JoinPlanTest {
 protected:
  void expect_totals(const std::string& sql) {
    sinks_[0].mode = OutputMode::kComplete;
    start(with_sides(sql));
    for (int number = 0; number < 4; ++number) {
      clock(-100, -100);
      batch("SELECT 'k' || hash(n + " + std::to_string(number) +
            ") % 5, (hash(n * 7) % 20)::INTEGER - 10, 0, 0, make_timestamp((hash(n * 3 + " +
            std::to_string(number) + ") % 30)::BIGINT * 1000000), NULL FROM range(40) AS r(n)");
    }
    const std::string incremental = complete("x");
    must("CREATE OR REPLACE TEMP TABLE events AS FROM all_events");
    EXPECT_GT(incremental.size(), 20U);
    EXPECT_EQ(incremental, rows(sql)) << view("x__join").fold[0].sql;
  }
};

TEST_F(AggregateOfJoinTest, InOneSelect) {
  expect_totals(
      "SELECT v.k AS k, date_trunc('minute', v.t) AS m, count(*) AS n, sum(v.i * w.i)::BIGINT AS s "
      "FROM v JOIN w ON v.k = w.k AND w.t >= v.t WHERE v.i + w.i < 8 GROUP BY v.k, m "
      "HAVING n > 1 AND s < 0");
}

TEST_F(AggregateOfJoinTest, UsingAndPlainNames) {
  expect_totals(
      "SELECT k, j, count(*) AS n, max(s) - min(v.t) AS d FROM v JOIN (SELECT k, i AS j, t AS s "
      "FROM w) AS q USING (k) GROUP BY ALL");
}

TEST_F(AggregateOfJoinTest, FieldsKeepTheNamesOfTheirColumns) {
  expect_totals(
      "SELECT v.k AS k, max(struct_pack(w.i)) AS s FROM v JOIN w ON v.k = w.k AND w.t >= v.t "
      "GROUP BY v.k");
}

TEST_F(AggregateOfJoinTest, OfASemiJoin) {
  expect_totals("SELECT k, count(*) AS n FROM v SEMI JOIN w USING (k, t) GROUP BY k");
}

TEST_F(JoinPlanTest, KeepsOnlyTheColumnsThatAreRead) {
  start_join("SELECT v.k FROM v JOIN w ON v.k = w.k");
  EXPECT_EQ(rows("SELECT column_name FROM duckdb_columns() WHERE table_name = 'x__left'"), "k\n");
}

TEST_F(JoinPlanTest, LateRowsAreDroppedAndCounted) {
  start_join("SELECT v.k, v.t, w.t AS u FROM v JOIN w ON v.k = w.k");
  clock(10, 20);
  feed("('a', 1, 10), ('a', 1, 11), ('a', -1, 5), ('a', -1, 12)");
  EXPECT_EQ(rows("SELECT k, second(t), second(u) FROM got"), "a|11|12\n");
  int steps = 0;
  for (const Step& step : view("x").fold) steps += step.counts == Step::Counts::kLate ? 1 : 0;
  EXPECT_EQ(steps, 2);
}

TEST_F(JoinPlanTest, ATimeThatIsNotReadMakesNoRowLate) {
  start_join("SELECT v.k FROM v JOIN w ON v.k = w.k");
  clock(10, 20);
  feed("('a', 1, 10), ('a', -1, 5)");
  EXPECT_EQ(got(), "a\n");
}

TEST_F(JoinPlanTest, NorDoesOneThatOnlyChoosesASidesRows) {
  start_join(
      "SELECT v.k FROM v JOIN w ON v.k = w.k AND w.t > TIMESTAMP '1960-01-01' WHERE v.t > "
      "TIMESTAMP "
      "'1960-01-01'");
  clock(10, 20);
  feed("('a', 1, 10), ('a', -1, 5)");
  EXPECT_EQ(got(), "a\n");
}

TEST_F(JoinPlanTest, TheWindowThatIsJoinedOnSaysWhatIsLate) {
  sinks_ = {{"out", "x", OutputMode::kAppend}};
  start({"SELECT *, window(t, '10 seconds') AS w FROM events WHERE i >= 0",
         "SELECT *, window(t, '10 seconds') AS w FROM events WHERE i < 0",
         "SELECT v.k, v.t FROM v JOIN w ON v.k = w.k AND v.w = w.w"});
  must("CREATE OR REPLACE TEMP TABLE got AS SELECT * FROM x LIMIT 0");
  clock(15, 18);
  feed("('a', 1, 11), ('a', -1, 12), ('b', 1, 9), ('b', -1, 8)");
  EXPECT_EQ(rows("SELECT k, second(t) FROM got"), "a|11\n");
}

TEST_F(JoinPlanTest, RowsStayForOneMillisecondMoreAtAnInclusiveBound) {
  start_join(
      "SELECT v.i FROM v JOIN w ON v.k = w.k AND w.t >= v.t AND w.t <= v.t + INTERVAL 5 "
      "SECOND");
  clock(0, 15);
  feed("('a', 1, 10), ('a', -1, 15), ('b', 2, 9.999), ('b', -2, 14.999)");
  EXPECT_EQ(rows("SELECT k FROM state.x__left"), "a\n");
  EXPECT_EQ(rows("SELECT k FROM state.x__right"), "a\n");
}

TEST_F(JoinPlanTest, WithoutABoundNothingLeaves) {
  start_join("SELECT v.i FROM v JOIN w ON v.k = w.k AND w.t >= v.t");
  clock(0, 1000);
  feed("('a', 1, 10), ('b', -1, 15)");
  EXPECT_EQ(kept("left"), "1\n");
  EXPECT_EQ(kept("right"), "0\n");
}

TEST_F(JoinPlanTest, NullKeysOfAnInnerJoinAreNotKept) {
  start_join("SELECT v.i FROM v JOIN w ON v.k = w.k");
  feed("(NULL, 1, 10), (NULL, -1, 15), ('a', 2, 3)");
  EXPECT_EQ(kept("left"), "1\n");
  EXPECT_EQ(kept("right"), "0\n");
}

TEST_F(JoinPlanTest, ModesAreThoseOfSpark) {
  start_join("SELECT v.i FROM v JOIN w ON v.k = w.k");
  EXPECT_EQ(view("x").modes, (std::set<OutputMode>{OutputMode::kAppend, OutputMode::kUpdate}));
  start_join("SELECT v.i FROM v LEFT JOIN w USING (t)");
  EXPECT_EQ(view("x").modes, (std::set<OutputMode>{OutputMode::kAppend}));
}

TEST_F(JoinPlanTest, AnOuterJoinWithoutABoundNamesWhatToWrite) {
  const std::string message = refusal(with_sides("SELECT v.i FROM v LEFT JOIN w ON v.k = w.k"));
  EXPECT_NE(message.find("a LEFT JOIN of streams returns a row of 'v' without a partner"),
            std::string::npos)
      << message;
  EXPECT_NE(message.find("such as AND w.t <= v.t + INTERVAL 1 HOUR"), std::string::npos) << message;
}

TEST_F(JoinPlanTest, AnOuterJoinWithoutAWatermarkAsksForOne) {
  event_time_ = "";
  const std::string message =
      refusal(with_sides("SELECT v.i FROM v RIGHT JOIN w ON v.k = w.k AND w.t > v.t"));
  EXPECT_NE(message.find("needs a watermark on 'v'"), std::string::npos) << message;
}

TEST_F(JoinPlanTest, ABoundInWhereIsNoneForAnOuterJoin) {
  const std::string message = refusal(
      with_sides("SELECT v.i FROM v LEFT JOIN w ON v.k = w.k WHERE w.t < v.t + INTERVAL 1 SECOND"));
  EXPECT_NE(message.find("in ON (WHERE filters after the join)"), std::string::npos) << message;
}

}  // namespace
}  // namespace sluice::sql
