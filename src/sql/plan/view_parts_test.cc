#include <gtest/gtest.h>

#include "sql/join/join_fixture.h"

namespace sluice::sql {
namespace {

using connector::OutputMode;

/// Joins that no SELECT can do alone: what comes in batches is what plain DuckDB gives over all.
using ViewPartsTest = JoinTest;

constexpr char kThird[] =
    " JOIN (SELECT k AS c, i AS ci, t AS ct FROM v WHERE i % 2 = 0) AS u ON u.c = v.k AND ct "
    "BETWEEN w.t - INTERVAL 2 SECOND AND w.t + INTERVAL 2 SECOND";
constexpr char kSecondsApart[] =
    " ON v.k = w.k AND w.t BETWEEN v.t - INTERVAL 2 SECOND AND v.t + INTERVAL 3 SECOND";

TEST_F(ViewPartsTest, ThreeStreams) {
  expect_same_as_plain(
      std::string("SELECT v.k, v.i AS a, w.i AS b, ci + v.i AS d, ct FROM v JOIN w") +
      kSecondsApart + kThird);
  EXPECT_EQ(view("x").inputs, (std::vector<std::string>{"x__join", "v"}));
  EXPECT_EQ(view("x__join").inputs, (std::vector<std::string>{"v", "w"}));
}

TEST_F(ViewPartsTest, ThreeStreamsByCommas) {
  expect_same_as_plain(
      "SELECT a.k, b.i, c.i AS j FROM v AS a, w AS b, v AS c WHERE a.k = b.k AND b.k = c.k AND a.t "
      "<= b.t AND b.t <= a.t + INTERVAL 2 SECOND AND c.t >= b.t AND c.t < b.t + INTERVAL 2 SECOND "
      "AND b.i < -3 AND a.i + c.i < 9");
}

TEST_F(ViewPartsTest, AStarOverThreeStreams) {
  expect_same_as_plain(std::string("SELECT * FROM v JOIN w") + kSecondsApart + kThird);
}

TEST_F(ViewPartsTest, StarsOfSides) {
  expect_same_as_plain(std::string("SELECT u.*, w.*, v.i + 1 FROM v JOIN w") + kSecondsApart +
                       kThird);
}

TEST_F(ViewPartsTest, Using) {
  expect_same_as_plain(
      "SELECT k, t, a.i, b.i AS j, c.i AS l FROM v AS a JOIN w AS b USING (k, t) JOIN v AS c "
      "USING (k, t) WHERE c.i <> a.i OR k > 'k2'");
}

TEST_F(ViewPartsTest, AStarWithUsing) {
  expect_same_as_plain(
      "SELECT * FROM v AS a JOIN (SELECT k, t, i AS bi FROM w) AS b USING (k, t) JOIN (SELECT k, "
      "i AS ci, t AS ct FROM v) AS c USING (k) WHERE ct = a.t");
}

TEST_F(ViewPartsTest, LeftThenInner) {
  expect_same_as_plain(std::string("SELECT v.k, v.i, w.i AS j, ci FROM v LEFT JOIN w") +
                       kSecondsApart +
                       " JOIN (SELECT k AS c, i AS ci, t AS ct FROM w) AS u ON c = v.k AND ct "
                       "BETWEEN v.t AND v.t + INTERVAL 2 SECOND WHERE v.i > 3");
}

TEST_F(ViewPartsTest, InnerThenLeft) {
  expect_same_as_plain(std::string("SELECT v.k, v.i, w.i AS j, ci FROM v JOIN w") + kSecondsApart +
                       " LEFT JOIN (SELECT k AS c, i AS ci, t AS ct FROM w) AS u ON c = w.k AND ct "
                       "BETWEEN v.t AND v.t + INTERVAL 2 SECOND AND ci > -4 WHERE v.i > 3");
}

TEST_F(ViewPartsTest, LeftThenLeft) {
  expect_same_as_plain(std::string("SELECT v.k, v.i, w.i AS j, ci FROM v LEFT JOIN w") +
                       kSecondsApart +
                       " AND w.i < -5 LEFT JOIN (SELECT k AS c, i AS ci, t AS ct FROM w) AS u ON c "
                       "= v.k AND ct BETWEEN v.t AND v.t + INTERVAL 2 SECOND AND ci > -4");
}

TEST_F(ViewPartsTest, JoinsInBracketsOnTheRight) {
  expect_same_as_plain(std::string("SELECT c.i AS l, v.i, w.i AS j FROM v AS c JOIN (v JOIN w") +
                       kSecondsApart +
                       ") ON c.k = v.k AND c.t BETWEEN w.t AND w.t + INTERVAL 1 SECOND");
  EXPECT_EQ(view("x").inputs, (std::vector<std::string>{"v", "x__join_right"}));
}

TEST_F(ViewPartsTest, FourStreams) {
  expect_same_as_plain(
      "SELECT a.k, a.i AS a, b.i AS b, c.i AS c, d.i AS d FROM v AS a JOIN w AS b ON a.k = b.k AND "
      "a.t = b.t JOIN v AS c ON c.k = b.k AND c.t BETWEEN a.t AND a.t + INTERVAL 1 SECOND JOIN w "
      "AS d ON d.t = c.t AND d.k = a.k");
  EXPECT_EQ(view("x__join__join").inputs, (std::vector<std::string>{"v", "w"}));
}

TEST_F(ViewPartsTest, StaticRowsAfterStreams) {
  expect_same_as_plain(std::string("SELECT v.k, v.i, w.i AS j, n.name FROM v JOIN w") +
                       kSecondsApart +
                       " LEFT JOIN (VALUES ('k1', 'one'), ('k2', 'two')) AS n(k, name) ON n.k = "
                       "v.k WHERE v.i > 2");
}

TEST_F(ViewPartsTest, StaticRowsBeforeStreams) {
  expect_same_as_plain(
      std::string("SELECT n.name, v.i, w.i AS j FROM (VALUES ('k1', 'one'), ('k2', "
                  "'two')) AS n(nk, name) JOIN v ON n.nk = v.k LEFT JOIN w") +
      kSecondsApart);
}

TEST_F(ViewPartsTest, UnnestedListsOfAJoin) {
  expect_same_as_plain(std::string("SELECT v.k, w.i, r.n FROM v JOIN w") + kSecondsApart +
                       ", unnest([v.i, w.i]) AS r(n)");
}

TEST_F(ViewPartsTest, ACteThatJoins) {
  expect_same_as_plain(
      std::string("WITH big AS (SELECT * FROM v WHERE i > 2), pairs(k, a, b, t) AS "
                  "(SELECT v.k, v.i, w.i, w.t FROM big AS v JOIN w") +
      kSecondsApart + ") SELECT k, a + b AS s, t FROM pairs WHERE b < 0");
  EXPECT_EQ(view("x").inputs, std::vector<std::string>{"x__with_pairs"});
}

TEST_F(ViewPartsTest, ACteThatJoinsIsJoined) {
  expect_same_as_plain(std::string("WITH pairs AS (SELECT v.k, v.i AS a, w.i AS b, v.t FROM v JOIN "
                                   "w") +
                       kSecondsApart +
                       ") SELECT p.k, p.a, p.b, q.i FROM pairs p LEFT JOIN w AS q ON p.k = q.k "
                       "AND q.t BETWEEN p.t AND p.t + INTERVAL 1 SECOND WHERE p.a > 4");
}

TEST_F(ViewPartsTest, ASubqueryThatJoins) {
  expect_same_as_plain(
      std::string("SELECT s.k, s.a FROM (SELECT v.k, v.i + w.i AS a FROM v JOIN w") +
      kSecondsApart + ") AS s WHERE s.a > 2");
  EXPECT_EQ(view("x").inputs, std::vector<std::string>{"x__from_s"});
}

TEST_F(ViewPartsTest, BranchesOfAUnion) {
  expect_same_as_plain(std::string("SELECT v.k, w.i AS n FROM v JOIN w") + kSecondsApart +
                       " UNION ALL SELECT k, i + 100 FROM v UNION ALL SELECT v.k, v.i FROM v ANTI "
                       "JOIN w" +
                       kSecondsApart);
}

TEST_F(ViewPartsTest, DistinctRowsOfAJoin) {
  expect_same_as_plain(std::string("SELECT DISTINCT v.k, v.i, w.t FROM v JOIN w") + kSecondsApart);
}

TEST_F(ViewPartsTest, AnAggregateOverThreeStreams) {
  sinks_[0].mode = OutputMode::kComplete;
  const std::string sql = std::string(
                              "SELECT v.k AS k, count(*) AS n, max(ci - w.i) AS m FROM v "
                              "JOIN w") +
                          kSecondsApart + kThird + " GROUP BY v.k";
  start(with_sides(sql));
  clock(-100, -100);
  batch(
      "SELECT 'k' || hash(n) % 5, (hash(n * 7) % 20)::INTEGER - 10, 0, 0, make_timestamp((hash(n * "
      "3) % 30)::BIGINT * 1000000), NULL FROM range(200) AS r(n)");
  const std::string incremental = complete("x");
  EXPECT_GT(incremental.size(), 20U);
  EXPECT_EQ(incremental, rows(sql));
  EXPECT_NE(plan_.find("x__join__join"), nullptr);
}

TEST_F(ViewPartsTest, KeepsOnlyTheColumnsThatAreRead) {
  start_join("SELECT b.i FROM v AS a JOIN w AS b USING (k) JOIN v AS c ON c.t = b.t");
  EXPECT_EQ(rows("SELECT column_name FROM duckdb_columns() WHERE table_name = 'x__left'"),
            "b.i\nb.t\n");
}

TEST_F(ViewPartsTest, AConditionOfOneSideIsCheckedBeforeItsRowsWait) {
  start_join(
      "SELECT a.i FROM v AS a JOIN w AS b ON a.k = b.k JOIN v AS c ON c.k = a.k WHERE b.i < -5 AND "
      "c.i > 2");
  feed("('a', 1, 1), ('a', -3, 1)");
  EXPECT_EQ(rows("SELECT count(*) FROM state.x__left"), "0\n");
}

class RefusedPartTest : public ViewPartsTest {
 protected:
  std::string refused(const std::string& sql) { return refusal(with_sides(sql)); }
};

TEST_F(RefusedPartTest, ANaturalJoin) {
  EXPECT_NE(refused("SELECT a.k FROM v AS a NATURAL JOIN w AS b JOIN v AS c ON a.t = c.t")
                .find("a NATURAL JOIN beside further joins"),
            std::string::npos);
}

TEST_F(RefusedPartTest, AWholeRow) {
  EXPECT_NE(refused("SELECT a FROM v AS a JOIN w AS b USING (k) JOIN v AS c ON a.t = c.t")
                .find("p.yaml:10:12: view 'x': a whole row of 'a'"),
            std::string::npos);
}

TEST_F(RefusedPartTest, AColumnWithoutATableInASubquery) {
  EXPECT_NE(refused("SELECT (SELECT max(r.n) + ai FROM unnest([1]) AS r(n)) FROM (SELECT k, i AS "
                    "ai, t FROM v) AS a JOIN w AS b USING (k) JOIN v AS c ON a.t = c.t")
                .find("'ai' in a subquery beside joins"),
            std::string::npos);
}

TEST_F(RefusedPartTest, AnOuterJoinWithoutABoundPointsIntoTheSql) {
  const std::string message =
      refused("SELECT a.k FROM v AS a JOIN w AS b USING (k) LEFT JOIN v AS c ON a.k = c.k");
  EXPECT_NE(message.find("a LEFT JOIN of streams returns a row of"), std::string::npos) << message;
  EXPECT_EQ(message.find("p.yaml:10:"), 0U) << message;
}

}  // namespace
}  // namespace sluice::sql
