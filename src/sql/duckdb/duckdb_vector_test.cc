#include "sql/duckdb/duckdb_vector.h"

#include <gtest/gtest.h>

#include "sql/functions/open_database.h"

namespace sluice::sql {
namespace {

/// What the first value of `select` prints as.
std::string shown(const std::string& select) {
  auto database = open_database("", {});
  auto session = (*database)->connect();
  auto value = (*session)->value("SELECT " + select);
  if (!value) return value.error().message();
  return value->value_or("(null)");
}

TEST(DuckdbVector, TimestampsLoseTrailingZeros) {
  EXPECT_EQ(shown("TIMESTAMP '2024-01-01'"), "2024-01-01 00:00:00");
  EXPECT_EQ(shown("TIMESTAMP '2024-01-01 10:11:12.123400'"), "2024-01-01 10:11:12.1234");
  EXPECT_EQ(shown("TIMESTAMP '1969-12-31 23:59:59.5'"), "1969-12-31 23:59:59.5");
  EXPECT_EQ(shown("TIMESTAMPTZ '2024-01-01 02:00:00+02'"), "2024-01-01 00:00:00");
}

TEST(DuckdbVector, DatesAndTimes) {
  EXPECT_EQ(shown("DATE '0099-02-03'"), "0099-02-03");
  EXPECT_EQ(shown("TIME '01:02:03.5'"), "01:02:03.5");
}

TEST(DuckdbVector, NestedValues) {
  EXPECT_EQ(shown("{'a': 1, 'b': 'x', 'c': NULL::INTEGER}"), "{1, x, NULL}");
  EXPECT_EQ(shown("[1.5::DOUBLE, NULL]"), "[1.5, NULL]");
  EXPECT_EQ(shown("MAP {'a': [1, 2]}"), "{a -> [1, 2]}");
  EXPECT_EQ(shown("[{'a': true}]"), "[{true}]");
}

TEST(DuckdbVector, BlobsAndUuids) {
  EXPECT_EQ(shown("from_hex('616200')"), "[61 62 00]");
  EXPECT_EQ(shown("'0de3a0c6-9f1b-4a7e-8d2c-1a2b3c4d5e6f'::UUID"),
            "0de3a0c6-9f1b-4a7e-8d2c-1a2b3c4d5e6f");
}

TEST(DuckdbVector, IntegersOfEveryWidth) {
  EXPECT_EQ(shown("(-128)::TINYINT"), "-128");
  EXPECT_EQ(shown("18446744073709551615::UBIGINT"), "18446744073709551615");
  EXPECT_EQ(shown("(-170141183460469231731687303715884105728)::HUGEINT"),
            "-170141183460469231731687303715884105728");
  EXPECT_EQ(shown("1.50::DECIMAL(38,2)"), "1.50");
}

TEST(DuckdbVector, NullIsNoText) { EXPECT_EQ(shown("NULL::INTEGER"), "(null)"); }

// What DuckDB has as constant, dictionary or sliced vectors inside arrives flat, at every depth: a
// table keeps its values, and two ways to the same text must agree.
TEST(DuckdbVector, ValuesOfEveryKindOfVectorArriveFlat) {
  auto database = open_database("", {});
  auto session = (*database)->connect();
  const std::string rows =
      "FROM (SELECT range AS i, {'a': range % 3, 'b': [range % 2, NULL, 7]} AS s, "
      "MAP {'k' || range % 2: [range]} AS m FROM range(5000))";
  for (const std::string value : {"[1, 2, 3]",
                                  "{'a': 'constant', 'b': [NULL, i]}",
                                  "s",
                                  "[s, NULL, s]",
                                  "[s][1:1]",
                                  "list_reverse([i, 1, 2])",
                                  "list_filter([i, 1, 2], lambda x: x > 1)",
                                  "list_transform([i, 1], lambda x: {'x': x, 'c': 'same'})",
                                  "map_keys(m)",
                                  "m",
                                  "[m, m]",
                                  "map_from_entries([{'k': i, 'v': s}])",
                                  "list_sort(['b', 'a' || i, NULL])",
                                  "[i, 1, 2][2:3]",
                                  "[[i, 1], NULL, [2]][1:2]",
                                  "CASE WHEN i % 2 = 0 THEN s END",
                                  "(SELECT {'x': 1})",
                                  "struct_extract(s, 'b')",
                                  "[x.a for x in [s, s] if x.a > 0]",
                                  "array_value(i, 2)::BIGINT[]",
                                  "list_select([s, NULL], [2, 1])",
                                  "CASE WHEN i = 9 THEN NULL ELSE [i] END",
                                  "unnest([{'a': i}, NULL])"}) {
    const std::string select = "SELECT i, " + value + " AS v " + rows + " WHERE i % 7 <> 3";
    ASSERT_TRUE((*session)->execute("CREATE OR REPLACE TEMP TABLE kept AS " + select));
    const auto direct = (*session)->query(select);
    const auto kept = (*session)->query("SELECT * FROM kept");
    ASSERT_TRUE(direct) << direct.error().message();
    EXPECT_EQ(direct->values, kept->values) << value;
    // The same as an argument of a function of ours.
    const auto json = (*session)->query("SELECT i, sluice_json(v) FROM (" + select + ")");
    const auto kept_json = (*session)->query("SELECT i, sluice_json(v) FROM kept");
    ASSERT_TRUE(json) << json.error().message();
    EXPECT_EQ(json->values, kept_json->values) << value;
  }
}

}  // namespace
}  // namespace sluice::sql
