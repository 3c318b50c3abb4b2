#include <gtest/gtest.h>

#include "sql/aggregate/aggregate_fixture.h"

namespace sluice::sql {
namespace {

/// Aggregates that need all values of a key, or all different ones: each gives over six batches
/// what DuckDB gives over all rows, in all three modes.
class AggregateValuesTest : public AggregatePlanTest {};

TEST_F(AggregateValuesTest, CountOfDistinctValues) {
  expect_same_in_every_mode(
      "count(DISTINCT i) AS a, count(DISTINCT k) AS b, count(DISTINCT d) AS c, "
      "count(DISTINCT (i % 3, f > 50)) AS e");
}

TEST_F(AggregateValuesTest, CountOfDistinctRowsLeavesOutThoseWithNull) {
  expect_same_in_every_mode(
      "count(DISTINCT i, f) AS a, count(i, d) AS b",
      "count(DISTINCT (i, f)) FILTER (WHERE i IS NOT NULL AND f IS NOT NULL), "
      "count(*) FILTER (WHERE i IS NOT NULL AND d IS NOT NULL)");
}

TEST_F(AggregateValuesTest, SumsOfDistinctValues) {
  expect_same_in_every_mode(
      "sum(DISTINCT i % 10)::BIGINT AS a, avg(DISTINCT i % 7) AS b, sum(DISTINCT d) AS c, "
      "round(stddev(DISTINCT f), 6) AS e, product(DISTINCT (i % 4)::DOUBLE) AS g");
}

TEST_F(AggregateValuesTest, ListsOfDistinctValuesAreSorted) {
  expect_same_in_every_mode(
      "list(DISTINCT i % 5) AS a, array_agg(DISTINCT i % 5 ORDER BY i % 5 DESC) AS b, "
      "string_agg(DISTINCT k, ',' ORDER BY k DESC) AS c, collect_set(i % 4) AS e",
      "list_sort(list(DISTINCT i % 5), 'ASC', 'NULLS LAST'), array_agg(DISTINCT i % 5 ORDER BY i % "
      "5 DESC), string_agg(DISTINCT k, ',' ORDER BY k DESC), "
      "coalesce(list_sort(list(DISTINCT i % 4) FILTER (i IS NOT NULL)), [])");
}

TEST_F(AggregateValuesTest, DistinctValuesThatFilterLeaves) {
  expect_same_in_every_mode(
      "count(DISTINCT i) FILTER (WHERE f > 100) AS a, sum(DISTINCT d) FILTER (i > 400) AS b, "
      "count(DISTINCT i) AS c");
}

TEST_F(AggregateValuesTest, ListsKeepTheOrderOfArrival) {
  expect_same_in_every_mode(
      "list(i) AS a, array_agg(d) AS b, string_agg(k || i, '+') AS c, listagg(k, '') AS e, "
      "group_concat(i::VARCHAR) AS g");
}

TEST_F(AggregateValuesTest, ListsInAnOrder) {
  expect_same_in_every_mode(
      "list(i ORDER BY d DESC, f, t, i) AS a, string_agg(i::VARCHAR, ' ' ORDER BY f NULLS FIRST, "
      "d, t, i) AS b, list({'d': d, 'i': i} ORDER BY t, d, i) FILTER (WHERE f < 20) AS c");
}

TEST_F(AggregateValuesTest, CollectListLeavesNullsOut) {
  expect_same_in_every_mode("collect_list(i) FILTER (WHERE f > 100) AS a",
                            "coalesce(list(i) FILTER (i IS NOT NULL AND f > 100), [])");
}

TEST_F(AggregateValuesTest, Quantiles) {
  expect_same_in_every_mode(
      "median(i) AS a, quantile_cont(f, 0.25) AS b, quantile_disc(d, [0.1, 0.9]) AS c, "
      "quantile(i, 0.5) AS e, percentile_cont(0.3) WITHIN GROUP (ORDER BY f DESC) AS g, "
      "percentile_disc(0.3) WITHIN GROUP (ORDER BY t) AS h, mad(f) AS j");
}

TEST_F(AggregateValuesTest, QuantilesBySparksNames) {
  expect_same_in_every_mode(
      "percentile(i, 0.3) AS a, percentile_approx(i, 0.3) AS b, approx_percentile(d, [0.1, 0.5], "
      "100) AS c, approx_quantile(f, 0.7) AS e",
      "quantile_cont(i::DOUBLE, 0.3), quantile_disc(i, 0.3), quantile_disc(d, [0.1, 0.5]), "
      "quantile_disc(f, 0.7)");
}

TEST_F(AggregateValuesTest, MostFrequentValue) {
  expect_same_in_every_mode("mode(i % 3) AS a, mode() WITHIN GROUP (ORDER BY f > 30) AS b");
}

TEST_F(AggregateValuesTest, FrequenciesOfValues) {
  expect_same_in_every_mode(
      "histogram(i % 6) AS a, round(entropy(i % 6), 9) AS b, "
      "bitstring_agg(i, -500, 500) FILTER (WHERE i IS NOT NULL)::VARCHAR AS c, "
      "approx_top_k(i % 2, 5) FILTER (WHERE f > 60) AS e");
}

TEST_F(AggregateValuesTest, SeveralValuesAtTheLeast) {
  expect_same_in_every_mode(
      "arg_min(t, d, 3) AS a, max_by(i, d, 2) AS b, arg_min_nulls_last(i, d) AS c");
}

TEST_F(AggregateValuesTest, JsonOfValues) {
  expect_same_in_every_mode(
      "json_group_array(i)::VARCHAR AS a, json_group_object(coalesce(k, ''), d)::VARCHAR AS b");
}

TEST_F(AggregateValuesTest, BesideThoseOfAFixedSize) {
  expect_same_in_every_mode(
      "count(*) AS a, median(f) AS b, sum(d) FILTER (WHERE i > 0) AS c, count(DISTINCT i) AS e, "
      "first(i ORDER BY d, t, f) AS g, max(i, 2) AS h, len(list(i)) + count(i) AS j, "
      "corr(f, i) > 0 AS m");
}

TEST_F(AggregateValuesTest, WithoutKeys) {
  expect_same_as_plain(
      "SELECT count(DISTINCT i) AS a, median(d) AS b, list(f) AS c, sum(i) FILTER (k = "
      "'k1')::BIGINT AS e FROM events");
}

TEST_F(AggregateValuesTest, WithoutKeysAndRowsThereIsOneRow) {
  start({"SELECT count(DISTINCT i) AS n, collect_list(i) AS c, median(i) AS m FROM events"});
  EXPECT_EQ(complete("v"), "0|[]|NULL\n");
  EXPECT_EQ(update("v"), "");
}

TEST_F(AggregateValuesTest, InHavingAndOrderBy) {
  expect_same_as_plain(
      "SELECT k, median(i) AS m FROM events WHERE f > 10 GROUP BY k HAVING count(DISTINCT i) > 190 "
      "ORDER BY sum(DISTINCT i), k LIMIT 3");
}

TEST_F(AggregateValuesTest, SessionsHaveTheValuesOfThoseThatTheyAreMadeOf) {
  event_time_ = "t";
  sinks_ = {{"out", "v", connector::OutputMode::kAppend}};
  start(
      {"SELECT k, list(i) AS l, count(DISTINCT i % 2) AS n FROM events "
       "GROUP BY k, session_window(t, '5 seconds')"});
  const auto seconds = [this](const std::string& list, int watermark) {
    must("SET VARIABLE sluice_late = 0::BIGINT");
    must("SET VARIABLE sluice_watermark = " + std::to_string(watermark) + "000000::BIGINT");
    batch("SELECT 'a', s, 1, 1, make_timestamp(s * 1000000), NULL FROM (SELECT unnest([" + list +
          "]::BIGINT[]) AS s)");
    const std::string given = rows(view("v").append);
    for (const std::string& statement : view("v").evict) must(statement);
    return given;
  };
  EXPECT_EQ(seconds("1, 9", 0), "");
  EXPECT_EQ(seconds("5, 30", 12), "");
  EXPECT_EQ(complete("v"), "a|[1, 9, 5]|1\na|[30]|1\n");
  EXPECT_EQ(seconds("13", 14), "");
  EXPECT_EQ(seconds("", 18), "a|[1, 9, 5, 13]|1\n");
  EXPECT_EQ(complete("v"), "a|[30]|1\n");
  EXPECT_EQ(rows("SELECT count(*) FROM state.v__values"), "1\n");
}

TEST_F(AggregateValuesTest, DistinctValuesAreKeptOnce) {
  start({"SELECT k, count(DISTINCT i) AS n FROM events GROUP BY k"});
  for (int number = 0; number < 3; ++number) {
    batch("SELECT 'a', unnest([1, 2, 2, NULL]), 1, 1, NULL, NULL");
  }
  EXPECT_EQ(rows("SELECT * FROM state.v__distinct_1"), "a|1\na|2\na|NULL\n");
  EXPECT_EQ(complete("v"), "a|2\n");
}

TEST_F(AggregateValuesTest, OnlyRowsThatSomeFilterLetsThroughAreKept) {
  start(
      {"SELECT list(i) FILTER (WHERE i > 1) AS a, list(i) FILTER (WHERE i < 0) AS b FROM events"});
  batch("SELECT 'a', unnest([-1, 0, 1, 2]), 1, 1, NULL, NULL");
  EXPECT_EQ(rows("SELECT count(*) FROM state.v__values"), "2\n");
  EXPECT_EQ(complete("v"), "[2]|[-1]\n");
}

TEST_F(AggregateValuesTest, StateTablesAreNamed) {
  start({"SELECT median(i), count(DISTINCT f) FROM events"});
  EXPECT_EQ(view("v").state_tables, (std::vector<std::string>{"v", "v__values", "v__distinct_2"}));
}

TEST_F(AggregateValuesTest, FingerprintKnowsTheValues) {
  const auto fingerprint = [this](const std::string& sql) {
    auto made = plan({sql});
    return made ? made->views[0].origin.meaning : made.error().message();
  };
  const std::string one = fingerprint("SELECT k, median(i) FROM events GROUP BY k");
  EXPECT_EQ(one, fingerprint("SELECT k, median(i) * 2 AS m FROM events GROUP BY k"));
  EXPECT_NE(one, fingerprint("SELECT k, median(f) FROM events GROUP BY k"));
  EXPECT_NE(one, fingerprint("SELECT k, median(i) FILTER (f > 1) FROM events GROUP BY k"));
}

}  // namespace
}  // namespace sluice::sql
