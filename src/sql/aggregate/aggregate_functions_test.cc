#include <gtest/gtest.h>

#include "sql/aggregate/aggregate_fixture.h"

namespace sluice::sql {
namespace {

/// Each function gives over six batches what DuckDB gives over all rows, in all three modes.
class AggregateFunctionTest : public AggregatePlanTest {};

TEST_F(AggregateFunctionTest, CountsAndSums) {
  expect_same_in_every_mode(
      "count(*) AS n, count() AS m, count(i) AS ni, sum(i)::BIGINT AS si, sum(d) AS sd, "
      "round(product(f / 60), 6) AS p, round(fsum(f), 6) AS fs, round(kahan_sum(f), 6) AS ks");
}

TEST_F(AggregateFunctionTest, CountIf) {
  expect_same_in_every_mode("count_if(i > 0)::BIGINT AS a, countif(f > 50)::BIGINT AS b");
}

TEST_F(AggregateFunctionTest, Averages) {
  expect_same_in_every_mode(
      "round(avg(f), 9) AS a, round(favg(f), 9) AS b, round(mean(i), 9) AS c");
}

TEST_F(AggregateFunctionTest, LeastAndGreatest) {
  expect_same_in_every_mode("min(d) AS a, max(t) AS b, min(i, 3) AS c, max(f, 4) AS d");
}

TEST_F(AggregateFunctionTest, ValueAtLeastAndGreatest) {
  expect_same_in_every_mode(
      "arg_min(i, d) AS a, arg_max(i, d) AS b, arg_min_null(i, d) AS c, arg_max_null(i, d) AS e");
}

TEST_F(AggregateFunctionTest, FirstAndLast) {
  expect_same_in_every_mode("first(i) AS a, last(i) AS b, any_value(d) AS c, arbitrary(f) AS e");
}

TEST_F(AggregateFunctionTest, FirstAndLastByOrder) {
  expect_same_in_every_mode(
      "first(i ORDER BY d) AS a, last(i ORDER BY d) AS b, any_value(i ORDER BY d DESC) AS c, "
      "first(i ORDER BY d DESC NULLS FIRST, f, t, i) AS e, "
      "last(f ORDER BY i NULLS FIRST, d, t, f) AS g, "
      "first(d ORDER BY f, i, d DESC) FILTER (WHERE f > 40) AS h");
}

TEST_F(AggregateFunctionTest, BooleansAndBits) {
  expect_same_in_every_mode(
      "bool_and(i > -490) AS a, bool_or(i > 490) AS b, bit_and(i) AS c, bit_or(i) AS e, "
      "bit_xor(i) AS g");
}

TEST_F(AggregateFunctionTest, Spread) {
  expect_same_in_every_mode(
      "round(var_samp(f), 6) AS a, round(var_pop(f), 6) AS b, round(stddev(f), 6) AS c, "
      "round(stddev_pop(i), 6) AS e, round(sem(i), 6) AS g");
}

TEST_F(AggregateFunctionTest, Shape) {
  expect_same_in_every_mode(
      "round(skewness(f), 6) AS a, round(kurtosis(f), 6) AS b, round(kurtosis_pop(i), 6) AS c");
}

TEST_F(AggregateFunctionTest, Covariance) {
  expect_same_in_every_mode(
      "round(covar_samp(f, i), 6) AS a, round(covar_pop(i, f), 6) AS b, round(corr(f, d), 9) AS c");
}

TEST_F(AggregateFunctionTest, Regression) {
  expect_same_in_every_mode(
      "regr_count(f, i) AS a, round(regr_avgx(f, i), 6) AS b, round(regr_avgy(f, i), 6) AS c, "
      "round(regr_sxx(f, i), 1) AS e, round(regr_syy(f, i), 1) AS g, round(regr_sxy(f, i), 1) AS "
      "h, round(regr_slope(f, i), 9) AS j, round(regr_intercept(f, i), 6) AS m, "
      "round(regr_r2(f, i), 9) AS n");
}

TEST_F(AggregateFunctionTest, Means) {
  expect_same_in_every_mode(
      "round(geomean(f + 1), 6) AS a, round(geometric_mean(f + 2), 6) AS b, "
      "round(weighted_avg(f, i + 501), 6) AS c, round(wavg(f, i + 501), 6) AS e");
}

TEST_F(AggregateFunctionTest, ApproximateCountIsExactWhereThereAreFew) {
  expect_same_in_every_mode("approx_count_distinct(i % 100) AS a", "count(DISTINCT i % 100) AS a");
}

TEST_F(AggregateFunctionTest, RepeatsThatDoNotMatter) {
  expect_same_in_every_mode(
      "min(DISTINCT d) AS a, max(DISTINCT f) AS b, bool_or(DISTINCT i > 490) AS c, bit_or(DISTINCT "
      "i) AS e");
}

TEST_F(AggregateFunctionTest, OrderThatDoesNotMatter) {
  expect_same_in_every_mode(
      "sum(d ORDER BY f) AS a, count(i ORDER BY d) AS b, max(i ORDER BY d) AS c");
}

TEST_F(AggregateFunctionTest, Filter) {
  expect_same_in_every_mode(
      "nullif(round(corr(f, i) FILTER (WHERE d > 0), 9), 'nan') AS a, count_if(i > 0) FILTER (f > "
      "50)::BIGINT AS "
      "b, "
      "max(d, 2) FILTER (WHERE i IS NULL) AS c, round(skewness(f) FILTER (i > 0), 6) AS e");
}

TEST_F(AggregateFunctionTest, SparksNames) {
  expect_same_in_every_mode(
      "every(i > -490) AS a, round(std(f), 6) AS b, first_value(i) AS c, last_value(i) AS e, "
      "first(i, true) AS g, last(i, true) AS h, first(i, false) AS j, max_by(i, d) AS m",
      "bool_and(i > -490), round(stddev(f), 6), first(i), last(i), any_value(i), "
      "last(i) FILTER (WHERE i IS NOT NULL), first(i), max_by(i, d)");
}

TEST_F(AggregateFunctionTest, ApproximateCountOfManyIsClose) {
  start({"SELECT approx_count_distinct(i) AS n FROM events"});
  for (int number = 0; number < 6; ++number) {
    batch("SELECT 'a', range + " + std::to_string(10000 * number) +
          ", NULL, NULL, NULL, NULL FROM range(20000)");
  }
  EXPECT_EQ(rows("SELECT abs(n / 70000 - 1) < 0.15, n = 70000 FROM v"), "true|false\n");
  EXPECT_EQ(rows("SELECT len(__approx_count_distinct_1) FROM state.v"), "402\n");
}

TEST_F(AggregateFunctionTest, CountIfOfNullsIsZero) {
  start({"SELECT k, count_if(i > 0) AS n FROM events GROUP BY k"});
  batch("SELECT 'a', NULL, 1, 1, NULL, NULL");
  EXPECT_EQ(complete("v"), "a|0\n");
}

TEST_F(AggregateFunctionTest, SpreadOfOnePairIsNull) {
  start({"SELECT covar_samp(f, i), covar_pop(f, i), corr(f, i), regr_slope(f, i) FROM events"});
  batch("SELECT 'a', 1, 1, 1, NULL, NULL");
  EXPECT_EQ(complete("v"), "NULL|0.0|NULL|NULL\n");
}

TEST_F(AggregateFunctionTest, StructsOfAggregatesKeepTheNamesOfTheirFields) {
  expect_same_in_every_mode(
      "{'start': max(t), 'end': max(t), 'key': k} AS w, {'a': max(i)}.a AS a");
}

TEST_F(AggregateFunctionTest, ColumnsWithoutANameKeepSparks) {
  start({"SELECT k, every(i > 0), first_value(i) AS f FROM events GROUP BY k"});
  EXPECT_EQ(view("v").schema[1].name, "every((i > 0))");
  EXPECT_EQ(view("v").schema[2].name, "f");
}

}  // namespace
}  // namespace sluice::sql
