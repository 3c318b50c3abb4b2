#include <gtest/gtest.h>

#include "sql/aggregate/aggregate_fixture.h"

namespace sluice::sql {
namespace {

using connector::OutputMode;

TEST_F(AggregatePlanTest, SumCountMinMax) {
  expect_same_as_plain(
      "SELECT k, sum(i)::BIGINT AS si, sum(d) AS sd, sum(f) AS sf, count(*) AS n, count(i) AS ni, "
      "min(d) AS a, max(t) AS b, min(k) AS c FROM events GROUP BY k");
}

TEST_F(AggregatePlanTest, SeveralKeysWithNulls) {
  expect_same_as_plain("SELECT k, i % 3 AS m, f > 10 AS g, sum(d) AS s FROM events GROUP BY ALL");
}

TEST_F(AggregatePlanTest, AverageAndProductOfDoubles) {
  expect_same_as_plain(
      "SELECT k, avg(i) AS ai, avg(f) AS af, mean(f) AS mf FROM events GROUP BY 1");
}

TEST_F(AggregatePlanTest, AverageOfDecimals) {
  expect_same_as_plain("SELECT k, round(avg(d), 8) AS a FROM events GROUP BY k");
}

TEST_F(AggregatePlanTest, SpreadOfNumbers) {
  expect_same_as_plain(
      "SELECT k, round(stddev(f), 8), round(stddev_pop(i), 8), round(variance(i), 6), "
      "round(var_pop(f), 8), round(var_samp(d), 2), round(stddev_samp(i), 8) FROM events GROUP BY "
      "k");
}

TEST_F(AggregatePlanTest, SpreadOfFewNumbers) {
  start({"SELECT k, stddev(f), var_pop(f), variance(f) FROM events GROUP BY k"});
  batch("SELECT 'a', 1, 1, NULL, NULL, NULL UNION ALL SELECT 'b', 1, 1, 2, NULL, NULL");
  batch("SELECT 'a', 1, 1, 3, NULL, NULL UNION ALL SELECT 'b', 1, 1, NULL, NULL, NULL");
  EXPECT_EQ(complete("v"), "a|NULL|0.0|NULL\nb|NULL|0.0|NULL\n");
}

TEST_F(AggregatePlanTest, BooleansAndBits) {
  expect_same_as_plain(
      "SELECT k, bool_and(i > -400), bool_or(i > 495), bit_and(i), bit_or(i), bit_xor(i), "
      "count_if(i > 0)::BIGINT FROM events GROUP BY k");
}

TEST_F(AggregatePlanTest, ValueAtLeastAndGreatest) {
  expect_same_as_plain(
      "SELECT k, arg_min(t, d), arg_max(t, d), min_by(d, f + epoch(t) / 1e9), max_by(i, d), "
      "argmax(k, t) FROM events GROUP BY k");
}

TEST_F(AggregatePlanTest, FilterClause) {
  expect_same_as_plain(
      "SELECT k, sum(d) FILTER (WHERE i > 0) AS p, count(*) FILTER (i < 0) AS n, "
      "arg_max(t, d) FILTER (WHERE i % 2 = 0) AS m, avg(i) FILTER (f > 5) FROM events GROUP BY k");
}

TEST_F(AggregatePlanTest, AggregatesInExpressions) {
  expect_same_as_plain(
      "SELECT upper(k) || '!' AS name, sum(d) / count(d) + max(i) AS x, "
      "CASE WHEN count(*) > 400 THEN 'many' ELSE 'few' END AS size, -min(i) AS y FROM events GROUP "
      "BY k");
}

TEST_F(AggregatePlanTest, HavingFiltersTheResult) {
  expect_same_as_plain(
      "SELECT k, sum(d) AS total FROM events WHERE i IS NOT NULL GROUP BY k "
      "HAVING total > -1000000 AND count(*) > 100 AND k <> 'k3'");
}

TEST_F(AggregatePlanTest, WithoutKeys) {
  expect_same_as_plain("SELECT count(*) AS n, sum(d) AS s, max(k) AS k, avg(f) AS a FROM events");
}

TEST_F(AggregatePlanTest, WithoutKeysAndRowsThereIsOneRow) {
  start({"SELECT count(*) AS n, sum(i) AS s, min(k) AS k FROM events"});
  EXPECT_EQ(complete("v"), "0|NULL|NULL\n");
  batch("SELECT * FROM all_events");
  EXPECT_EQ(complete("v"), "0|NULL|NULL\n");
  EXPECT_EQ(update("v"), "");
}

TEST_F(AggregatePlanTest, DistinctRowsByGroupByAlone) {
  expect_same_as_plain("SELECT k, i % 4 AS m FROM events GROUP BY ALL");
}

TEST_F(AggregatePlanTest, GroupByAliasOrdinalAndExpression) {
  expect_same_as_plain(
      "SELECT date_trunc('minute', t) AS minute, i % 2, count(*) AS n, minute + INTERVAL 1 MINUTE "
      "FROM events GROUP BY minute, 2");
}

TEST_F(AggregatePlanTest, AliasesOfItemsToTheLeft) {
  expect_same_as_plain(
      "SELECT k AS seller, sum(d) AS total, total * 2 AS twice, length(seller) AS n "
      "FROM events GROUP BY seller HAVING twice <> 0");
}

TEST_F(AggregatePlanTest, ColumnWinsOverAliasExceptInHaving) {
  expect_same_as_plain(
      "SELECT k, max(i) AS i, min(i) AS low FROM events GROUP BY k HAVING i > 490");
}

TEST_F(AggregatePlanTest, QualifiedAndQuotedNames) {
  expect_same_as_plain("SELECT e.\"k\", SUM(E.D) AS \"the total\" FROM events AS e GROUP BY e.k");
}

TEST_F(AggregatePlanTest, SubqueryInFromOverTheStream) {
  expect_same_as_plain(
      "SELECT kk, sum(x) FROM (SELECT k AS kk, d * 2 AS x FROM events WHERE i > 0) AS s "
      "GROUP BY kk");
}

TEST_F(AggregatePlanTest, CommonTableExpressionOverTheStream) {
  expect_same_as_plain(
      "WITH clean AS (SELECT * FROM events WHERE f > 3) "
      "SELECT k, max(f) FROM clean GROUP BY k");
}

TEST_F(AggregatePlanTest, UnnestBelowTheAggregate) {
  expect_same_as_plain("SELECT x, count(*) FROM events, unnest(l) AS u(x) GROUP BY x");
}

TEST_F(AggregatePlanTest, OrderByLimitAndRankOverTheAggregate) {
  expect_same_as_plain(
      "SELECT k, sum(d) AS s, rank() OVER (ORDER BY sum(d) DESC) AS r FROM events GROUP BY k "
      "QUALIFY r < 5 ORDER BY s DESC, count(*) LIMIT 3");
  EXPECT_EQ(view("v").modes, std::set<OutputMode>{OutputMode::kComplete});
}

TEST_F(AggregatePlanTest, DoubleConstantsStayDoubles) {
  expect_same_as_plain("SELECT k, sum(i * 1e2) AS a, max(f) * 1e10 AS b FROM events GROUP BY k");
}

TEST_F(AggregatePlanTest, LambdaParametersAreNoColumns) {
  expect_same_as_plain(
      "SELECT k, list_transform([count(*)], lambda i: i + 1) AS x, "
      "sum(list_sum(list_transform(l, lambda k: k * 2)))::BIGINT FROM events GROUP BY k");
}

TEST_F(AggregatePlanTest, FirstKeepsTheFirstLastTheLast) {
  start({"SELECT k, first(i) AS a, last(i) AS b, any_value(i) AS c FROM events GROUP BY k"});
  batch("SELECT 'a', NULL, 1, 1, NULL, NULL");
  batch("SELECT 'a', 2, 1, 1, NULL, NULL");
  batch("SELECT 'a', 3, 1, 1, NULL, NULL");
  EXPECT_EQ(complete("v"), "a|NULL|3|2\n");
}

TEST_F(AggregatePlanTest, NanAndZeroesAreKeys) {
  start({"SELECT f, count(*) AS n FROM events GROUP BY f"});
  for (int i = 0; i < 2; ++i) {
    batch("SELECT 'a', 1, 1, unnest(['nan'::DOUBLE, 0.0, -0.0, NULL]), NULL, NULL");
  }
  EXPECT_EQ(rows("SELECT count(*), sum(n) FROM v"), "3|8\n");
}

TEST_F(AggregatePlanTest, UpdateGivesTheKeysOfTheBatch) {
  start({"SELECT k, count(*) AS n FROM events GROUP BY k"});
  batch("SELECT unnest(['a', 'b', NULL]), 1, 1, 1, NULL, NULL");
  EXPECT_EQ(update("v"), "a|1\nb|1\nNULL|1\n");
  batch("SELECT unnest(['b', NULL, 'c']), 1, 1, 1, NULL, NULL");
  EXPECT_EQ(update("v"), "b|2\nc|1\nNULL|2\n");
}

TEST_F(AggregatePlanTest, PartialCountsTheRowsThatWhereLetThrough) {
  start({"SELECT k, sum(i) AS s FROM events WHERE i > 1 GROUP BY k"});
  batch("SELECT 'a', unnest([1, 2, 3]), 1, 1, NULL, NULL");
  EXPECT_EQ(rows("SELECT sum(__rows) FROM __partial_v"), "2\n");
}

TEST_F(AggregatePlanTest, SumOfIntegersIsBigintAndSaysWhenItOverflows) {
  start({"SELECT k, sum(i::BIGINT * 4611686018427387904) AS s FROM events GROUP BY k"});
  EXPECT_EQ(view("v").schema.to_string(), "k VARCHAR, s BIGINT");
  batch("SELECT 'a', 1, 1, 1, NULL, NULL");
  EXPECT_EQ(complete("v"), "a|4611686018427387904\n");
  batch("SELECT 'a', 1, 1, 1, NULL, NULL");
  EXPECT_NE(complete("v").find("is beyond BIGINT"), std::string::npos);
  batch("SELECT 'a', -1, 1, 1, NULL, NULL");
  EXPECT_EQ(complete("v"), "a|4611686018427387904\n");
}

TEST_F(AggregatePlanTest, SumOfDecimalsIsExact) {
  start({"SELECT sum(d) AS s FROM events"});
  EXPECT_EQ(view("v").schema.to_string(), "s DECIMAL(38,12)");
  batch("SELECT 'a', 1, 9999999999.999999999999, 1, NULL, NULL FROM range(1000)");
  batch("SELECT 'a', 1, 0.000000000001, 1, NULL, NULL");
  EXPECT_EQ(complete("v"), "9999999999999.999999999001\n");
}

TEST_F(AggregatePlanTest, StateHasTheNamesOfTheKeys) {
  start({"SELECT k AS seller, i % 2, sum(d) AS s FROM events GROUP BY 1, 2"});
  EXPECT_EQ(rows("SELECT column_name FROM duckdb_columns() WHERE schema_name = 'state'"),
            "(i % 2)\n__sum_1\nseller\n");
}

TEST_F(AggregatePlanTest, SameCallIsKeptOnce) {
  start({"SELECT k, sum(d) AS a, SUM( d ) * 2 AS b, sum(events.d) AS c FROM events GROUP BY k"});
  EXPECT_EQ(rows("SELECT count(*) FROM duckdb_columns() WHERE schema_name = 'state'"), "2\n");
}

TEST_F(AggregatePlanTest, FingerprintIsOfTheStateOnly) {
  const auto fingerprint = [this](const std::string& sql) {
    auto made = plan({sql});
    return made ? made->views[0].origin.meaning : made.error().message();
  };
  const std::string one = fingerprint("SELECT k, sum(d) AS s FROM events GROUP BY k");
  EXPECT_EQ(one,
            fingerprint("select k, SUM(d) * 2 as s\nfrom events -- note\ngroup by 1 having s > 1"));
  EXPECT_NE(one, fingerprint("SELECT k, sum(f) AS s FROM events GROUP BY k"));
  EXPECT_NE(one, fingerprint("SELECT k, sum(d) AS s FROM events WHERE i > 0 GROUP BY k"));
}

TEST_F(AggregatePlanTest, StateOfADatabaseNamedStateIsReached) {
  must("ATTACH ':memory:' AS state");
  must("USE state");
  must("CREATE SCHEMA state.state");
  start({"SELECT k, count(*) AS n FROM events GROUP BY k"});
  batch("SELECT 'a', 1, 1, 1, NULL, NULL");
  EXPECT_EQ(complete("v"), "a|1\n");
}

TEST_F(AggregatePlanTest, ViewOverTheResult) {
  start({"SELECT k, sum(d) AS s FROM events GROUP BY k",
         "SELECT k, s, row_number() OVER (ORDER BY s DESC) AS place FROM v ORDER BY s DESC LIMIT 2",
         "SELECT max(s) AS top FROM w"});
  EXPECT_EQ(view("w").kind, ViewKind::kOverResult);
  EXPECT_EQ(view("x").kind, ViewKind::kOverResult);
  batch("SELECT unnest(['a', 'b', 'c']), 1, unnest([1, 3, 2]), 1, NULL, NULL");
  EXPECT_EQ(rows("SELECT * FROM w"), "b|3.000000000000|1\nc|2.000000000000|2\n");
  EXPECT_EQ(rows("SELECT * FROM x"), "3.000000000000\n");
}

}  // namespace
}  // namespace sluice::sql
