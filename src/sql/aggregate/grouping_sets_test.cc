#include <gtest/gtest.h>

#include "sql/aggregate/aggregate_fixture.h"

namespace sluice::sql {
namespace {

using connector::OutputMode;

class GroupingSetsTest : public AggregatePlanTest {};

TEST_F(GroupingSetsTest, Rollup) {
  expect_same_as_plain(
      "SELECT k, i % 2 AS m, sum(d) AS s, count(*) AS n FROM events GROUP BY ROLLUP (k, i % 2)");
}

TEST_F(GroupingSetsTest, Cube) {
  expect_same_as_plain("SELECT k, i % 2 AS m, max(d) AS s FROM events GROUP BY CUBE (1, 2)");
}

TEST_F(GroupingSetsTest, SetsTellTheirNullsApart) {
  expect_same_as_plain(
      "SELECT k, i % 2 AS m, GROUPING(k) AS gk, GROUPING(m, k) AS g, grouping_id(k, m) AS h, "
      "count(*) AS n FROM events GROUP BY GROUPING SETS ((k), (m, k), ()) HAVING GROUPING(k) = 0 "
      "OR n > 10");
}

TEST_F(GroupingSetsTest, WithSeveralGroupings) {
  expect_same_as_plain(
      "SELECT k, i % 2 AS m, f > 60 AS g, count(*) AS n FROM events GROUP BY k, ROLLUP (m, g)");
}

TEST_F(GroupingSetsTest, WithAllValues) {
  expect_same_as_plain(
      "SELECT k, i % 3 AS m, median(f) AS a, count(DISTINCT d) AS b, list(i) AS c, "
      "list(DISTINCT i % 3 ORDER BY i % 3) AS e, avg(i) AS g FROM events GROUP BY ROLLUP (k, m)");
}

TEST_F(GroupingSetsTest, GroupingOfOneGroupingIsZero) {
  expect_same_as_plain("SELECT k, GROUPING(k) AS g, count(*) AS n FROM events GROUP BY k");
}

TEST_F(GroupingSetsTest, UpdateGivesTheGroupsOfTheBatch) {
  start({"SELECT k, count(*) AS n, count(DISTINCT i) AS d FROM events GROUP BY ROLLUP (k)"});
  batch("SELECT unnest(['a', 'b', NULL]), 1, 1, 1, NULL, NULL");
  EXPECT_EQ(update("v"), "a|1|1\nb|1|1\nNULL|1|1\nNULL|3|1\n");
  batch("SELECT 'b', 2, 1, 1, NULL, NULL");
  EXPECT_EQ(update("v"), "b|2|2\nNULL|4|2\n");
  batch("SELECT * FROM all_events LIMIT 0");
  EXPECT_EQ(update("v"), "");
}

TEST_F(GroupingSetsTest, RowsAreCountedOnce) {
  start({"SELECT k, count(*) AS n FROM events GROUP BY ROLLUP (k)"});
  batch("SELECT unnest(['a', 'b', NULL]), 1, 1, 1, NULL, NULL");
  for (const Step& step : view("v").fold) {
    if (step.counts == Step::Counts::kRows) {
      EXPECT_EQ(rows(step.sql), "3\n");
    }
  }
}

TEST_F(GroupingSetsTest, NoGroupsWithoutRows) {
  start({"SELECT k, count(*) AS n FROM events GROUP BY ROLLUP (k)"});
  batch("SELECT * FROM all_events LIMIT 0");
  EXPECT_EQ(complete("v"), "");
}

TEST_F(GroupingSetsTest, AppendWhenEachSetHoldsTheWindow) {
  const auto modes = [this](const std::string& by) {
    event_time_ = "t";
    start({"SELECT window.start AS s, k, count(*) AS n FROM events GROUP BY " + by});
    return view("v").modes;
  };
  EXPECT_TRUE(modes("window(t, '10 seconds'), ROLLUP (k)").contains(OutputMode::kAppend));
  EXPECT_FALSE(modes("ROLLUP (window(t, '10 seconds'), k)").contains(OutputMode::kAppend));
}

TEST_F(GroupingSetsTest, SameSetTwiceIsRefused) {
  EXPECT_NE(refusal({"SELECT k, count(*) FROM events GROUP BY GROUPING SETS ((k), (k), ())"})
                .find("the same grouping set is there twice"),
            std::string::npos);
}

}  // namespace
}  // namespace sluice::sql
