#include "sql/functions/spark_functions.h"

#include <gtest/gtest.h>

#include "sql/functions/open_database.h"
#include "sql/spark/spark_query.h"

namespace sluice::sql {
namespace {

struct FunctionCase {
  const char* sql;
  const char* value;
};

class SparkFunctionTest : public ::testing::TestWithParam<FunctionCase> {};

std::unique_ptr<Session> connect(Database& database) {
  auto session = *database.connect();
  std::set<std::string> names;
  for (const SparkFunction& function : spark_functions()) names.emplace(function.name);
  const Status defined = define_spark_functions(*session, names);
  EXPECT_TRUE(defined) << defined.error().message();
  return session;
}

TEST_P(SparkFunctionTest, IsSparks) {
  auto database = open_database("", {});
  auto session = connect(**database);
  // Through a table, so that nothing is folded into a constant, and as a constant.
  for (const std::string& sql :
       {"SELECT " + std::string(GetParam().sql) + " FROM range(1) AS r(one)",
        "SELECT " + std::string(GetParam().sql)}) {
    auto text = with_spark_functions(*session, sql);
    ASSERT_TRUE(text) << sql << ": " << text.error().message();
    auto value = session->value(*text);
    ASSERT_TRUE(value) << *text << ": " << value.error().message();
    EXPECT_EQ(value->value_or("NULL"), GetParam().value) << sql;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Times, SparkFunctionTest,
    ::testing::Values(
        FunctionCase{"to_date('04/02/2024', 'dd/MM/yyyy')", "2024-02-04"},
        FunctionCase{"typeof(to_date('04/02/2024', 'dd/MM/yyyy'))", "DATE"},
        FunctionCase{"try_to_date('4/2/2024', 'dd/MM/yyyy')", "NULL"},
        FunctionCase{"try_to_date('31/02/2024', 'dd/MM/yyyy')", "NULL"},
        FunctionCase{"to_date(NULL, 'dd/MM/yyyy')", "NULL"},
        FunctionCase{"to_date('2024-01-01', NULL)", "NULL"},
        FunctionCase{"try_to_date('bad', 'dd/MM/yyyy')", "NULL"},
        FunctionCase{"to_date('2024-1-1')", "2024-01-01"},
        FunctionCase{"to_date('2024-01-01T10:00:00')", "2024-01-01"},
        FunctionCase{"try_to_date('bad')", "NULL"},
        FunctionCase{"to_date(TIMESTAMP '2024-01-02 03:00:00')", "2024-01-02"},
        FunctionCase{"to_timestamp('2024-01-01 10:11:12.123456')", "2024-01-01 10:11:12.123456"},
        FunctionCase{"to_timestamp('2024-01-01T00:00:00+02:00')", "2023-12-31 22:00:00"},
        FunctionCase{"try_to_timestamp('bad')", "NULL"},
        FunctionCase{"to_timestamp(1704067200)", "2024-01-01 00:00:00"},
        FunctionCase{"to_timestamp(DATE '2024-01-01')", "2024-01-01 00:00:00"},
        FunctionCase{"to_timestamp(1704067200.5)", "2024-01-01 00:00:00.5"},
        FunctionCase{"to_timestamp('01.02.2024 03:04', 'dd.MM.yyyy HH:mm')", "2024-02-01 03:04:00"},
        FunctionCase{"typeof(to_timestamp('2024', 'yyyy'))", "TIMESTAMP WITH TIME ZONE"},
        FunctionCase{"date_format(DATE '2024-02-04', 'dd/MM/yyyy')", "04/02/2024"},
        FunctionCase{"date_format('2024-02-04 10:00:00', 'yyyy-MM')", "2024-02"},
        FunctionCase{"date_format(NULL::DATE, 'yyyy')", "NULL"},
        FunctionCase{"from_unixtime(0)", "1970-01-01 00:00:00"},
        FunctionCase{"from_unixtime(1704067200, 'yyyy/MM/dd')", "2024/01/01"},
        FunctionCase{"unix_timestamp('2024-01-01 00:00:00')", "1704067200"},
        FunctionCase{"unix_timestamp('01/01/2024', 'dd/MM/yyyy')", "1704067200"},
        FunctionCase{"unix_seconds(TIMESTAMP '1969-12-31 23:59:59.5')", "-1"},
        FunctionCase{"timestamp_seconds(1704067200)", "2024-01-01 00:00:00"},
        FunctionCase{"timestamp_millis(1500)", "1970-01-01 00:00:01.5"},
        FunctionCase{"timestamp_micros(1500)", "1970-01-01 00:00:00.0015"},
        FunctionCase{"unix_date(DATE '1970-01-11')", "10"},
        FunctionCase{"date_from_unix_date(10)", "1970-01-11"},
        FunctionCase{"add_months('2024-01-31', 1)", "2024-02-29"},
        FunctionCase{"date_add(DATE '2024-01-31', 1)", "2024-02-01"},
        FunctionCase{"date_sub(DATE '2024-01-01', 1)", "2023-12-31"},
        FunctionCase{"date_sub('month', DATE '2024-01-01', DATE '2024-03-05')", "2"},
        FunctionCase{"datediff('2024-01-05', '2024-01-01')", "4"},
        FunctionCase{"datediff('day', DATE '2024-01-01', DATE '2024-01-05')", "4"},
        FunctionCase{"months_between(TIMESTAMP '1997-02-28 10:30:00', DATE '1996-10-30')",
                     "3.94959677"},
        FunctionCase{"months_between(DATE '2024-02-29', DATE '2024-01-31')", "1.0"},
        FunctionCase{"date_add('2024-01-31', 1)", "2024-02-01"},
        FunctionCase{"date_add(TIMESTAMP '2024-01-31 10:00:00', 1::BIGINT)", "2024-02-01"},
        FunctionCase{"date_add(TIMESTAMP '2024-01-01', INTERVAL 1 HOUR)", "2024-01-01 01:00:00"},
        FunctionCase{"next_day(DATE '2024-01-01', 'Mon')", "2024-01-08"},
        FunctionCase{"next_day('2024-01-01', 'su')", "2024-01-07"},
        FunctionCase{"trunc(TIMESTAMP '2024-05-31 10:00:00', 'mon')", "2024-05-01"},
        FunctionCase{"trunc('2024-05-31', 'quarter')", "2024-04-01"},
        FunctionCase{"trunc(DATE '2024-05-31', 'century')", "NULL"},
        FunctionCase{"trunc(1.5)", "1"}, FunctionCase{"trunc(1.567, 2)", "1.56"},
        FunctionCase{"unix_timestamp(TIMESTAMP '1969-12-31 23:59:59.5')", "0"},
        FunctionCase{"date_format(DATE '2024-05-31', 'Q QQ QQQ QQQQ')", "2 02 Q2 2nd quarter"},
        FunctionCase{"from_utc_timestamp('2024-01-01 00:00:00', 'Asia/Tokyo')",
                     "2024-01-01 09:00:00"},
        FunctionCase{"to_utc_timestamp('2024-01-01 09:00:00', 'Asia/Tokyo')",
                     "2024-01-01 00:00:00"}));

INSTANTIATE_TEST_SUITE_P(
    Values, SparkFunctionTest,
    ::testing::Values(
        FunctionCase{"nvl(NULL, 2)", "2"}, FunctionCase{"nvl2(NULL, 1, 2)", "2"},
        FunctionCase{"ifnull(NULL, 3)", "3"}, FunctionCase{"if(1 > 2, 'a', 'b')", "b"},
        FunctionCase{"nanvl('nan'::DOUBLE, 1.5)", "1.5"},
        FunctionCase{"zeroifnull(NULL::INTEGER)", "0"}, FunctionCase{"nullifzero(0)", "NULL"},
        FunctionCase{"equal_null(NULL, NULL)", "true"}, FunctionCase{"pmod(-5, 3)", "1"},
        FunctionCase{"pmod(5, -3)", "2"}, FunctionCase{"5 % -3", "2"}, FunctionCase{"-5 % 3", "-2"},
        FunctionCase{"bround(2.5)", "2.0"}, FunctionCase{"try_divide(1, 0)", "NULL"},
        FunctionCase{"try_add(2147483647::INTEGER, 1::INTEGER)", "NULL"},
        FunctionCase{"signum(-2)", "-1.0"}, FunctionCase{"factorial(20)", "2432902008176640000"},
        FunctionCase{"factorial(21)", "NULL"}, FunctionCase{"typeof(factorial(3))", "BIGINT"},
        FunctionCase{"hypot(3, 4)", "5.0"}, FunctionCase{"log1p(-1)", "NULL"},
        FunctionCase{"rint(2.5)", "2.0"}, FunctionCase{"isnull(NULL)", "true"},
        FunctionCase{"shiftleft(1, 4)", "16"}));

INSTANTIATE_TEST_SUITE_P(
    Texts, SparkFunctionTest,
    ::testing::Values(
        FunctionCase{"instr('hello', 'l')", "3"}, FunctionCase{"locate('l', 'hello')", "3"},
        FunctionCase{"locate('l', 'hello', 4)", "4"}, FunctionCase{"locate('x', 'hello', 2)", "0"},
        FunctionCase{"substring('hello', -3, 2)", "ll"},
        FunctionCase{"split('a,b,,', ',')", "[a, b, , ]"},
        FunctionCase{"concat_ws('-', 'a', NULL, 'b')", "a-b"},
        FunctionCase{"regexp_extract('a1b2', '([0-9])', 1)", "1"},
        FunctionCase{"rlike('abc', '^a')", "true"},
        FunctionCase{"initcap('hELLO wORLD')", "Hello World"},
        FunctionCase{"substring_index('a.b.c', '.', 2)", "a.b"},
        FunctionCase{"substring_index('a.b.c', '.', -2)", "b.c"},
        FunctionCase{"startswith('abc', 'a')", "true"},
        FunctionCase{"endswith('abc', 'bc')", "true"}, FunctionCase{"space(2) || 'x'", "  x"},
        FunctionCase{"sha2('a', 256) = sha256('a')", "true"},
        FunctionCase{"get_json_object('{\"a\": {\"b\": [1, 2]}}', '$.a.b[1]')", "2"},
        FunctionCase{"get_json_object('{\"a\": {\"b\": 1}}', '$.a')", "{\"b\":1}"},
        FunctionCase{"get_json_object('{\"a\": \"x\"}', '$.a')", "x"},
        FunctionCase{"get_json_object('not json', '$.a')", "NULL"},
        FunctionCase{"get_json_object('{}', '$.a')", "NULL"},
        FunctionCase{"locate('', 'abc', 3)", "1"}, FunctionCase{"locate('b', 'abc', 0)", "0"},
        FunctionCase{"find_in_set('b', 'a,b')", "2"}, FunctionCase{"lpad('a', 3) || '|'", "  a|"},
        FunctionCase{"rpad('a', 3, 'xy')", "axy"},
        FunctionCase{"regexp_count('a1b22', '[0-9]+')", "2"},
        FunctionCase{"crc32('Spark')", "1557323817"},
        FunctionCase{"sha2('abc', 224)",
                     "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"},
        FunctionCase{"sha2('abc'::BLOB, 384)[:16]", "cb00753f45a35e8b"},
        FunctionCase{"sha2('abc', 512)[:16]", "ddaf35a193617aba"},
        FunctionCase{"sha2('abc', 1)", "NULL"}, FunctionCase{"sha2('a', 0) = sha256('a')", "true"},
        FunctionCase{"to_json({'a': 1, 'b': NULL})", "{\"a\":1}"},
        FunctionCase{"from_json('{\"a\": 1}', 'a INT, b ARRAY<STRING>')", "{1, NULL}"},
        FunctionCase{"from_json('no', 'a INT')", "{NULL}"},
        FunctionCase{"from_json('[1, 2]', 'ARRAY<INT>')", "[1, 2]"},
        FunctionCase{"from_json('{\"a\": 1}', '{\"a\": \"BIGINT\"}')", "{1}"}));

INSTANTIATE_TEST_SUITE_P(
    Lists, SparkFunctionTest,
    ::testing::Values(FunctionCase{"size([1, 2, NULL])", "3"},
                      FunctionCase{"size(MAP {'a': 1})", "1"},
                      FunctionCase{"size(NULL::INTEGER[])", "NULL"},
                      FunctionCase{"array_contains([1, 2], 2)", "true"},
                      FunctionCase{"element_at(MAP {'a': 1}, 'a')", "1"},
                      FunctionCase{"element_at([5, 6], 2)", "6"},
                      FunctionCase{"array_join(['a', NULL, 'b'], '-')", "a-b"},
                      FunctionCase{"array_join(['a', NULL, 'b'], '-', '?')", "a-?-b"},
                      FunctionCase{"array_max([1, 3, 2])", "3"},
                      FunctionCase{"array_remove([1, 2, 1, NULL], 1)", "[2, NULL]"},
                      FunctionCase{"array_repeat('x', 2)", "[x, x]"},
                      FunctionCase{"arrays_overlap([1, 2], [2, 3])", "true"},
                      FunctionCase{"sort_array([2, NULL, 1])", "[NULL, 1, 2]"},
                      FunctionCase{"slice([1, 2, 3, 4], 2, 2)", "[2, 3]"},
                      FunctionCase{"slice([1, 2, 3, 4], -2, 2)", "[3, 4]"},
                      FunctionCase{"array_distinct([3, 1, NULL, 3, NULL])", "[3, 1, NULL]"},
                      FunctionCase{"array_position([1], 2)", "0"},
                      FunctionCase{"array_position(NULL::INTEGER[], 2)", "NULL"},
                      FunctionCase{"array_union([3, 1], [NULL, 1])", "[3, 1, NULL]"},
                      FunctionCase{"array_intersect([2, 2, 1, NULL], [2, NULL])", "[2, NULL]"},
                      FunctionCase{"array_except([1, 1, 2], [2])", "[1]"},
                      FunctionCase{"array_union([1], NULL)", "NULL"},
                      FunctionCase{"get([5], 0)", "5"}, FunctionCase{"get([5], -1)", "NULL"},
                      FunctionCase{"map_contains_key(MAP {'a': 1}, 'a')", "true"},
                      FunctionCase{"list(x) FROM (SELECT explode_outer([]::INTEGER[]) AS x)  --",
                                   "[NULL]"},
                      FunctionCase{"sequence(1, 3)", "[1, 2, 3]"},
                      FunctionCase{"list(x) FROM (SELECT explode([1, 2]) AS x)  --", "[1, 2]"}));

TEST(SparkFunctions, WhatIsNoDateIsAnErrorThatSaysSo) {
  auto database = open_database("", {});
  auto session = connect(**database);
  const auto value =
      session->value("SELECT to_date(x, 'dd/MM/yyyy') FROM (VALUES ('4/2/2024')) AS v(x)");
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().kind(), Kind::kUser);
  EXPECT_NE(value.error().message().find("'4/2/2024' does not fit the time pattern 'dd/MM/yyyy'"),
            std::string::npos);
}

TEST(SparkFunctions, WrongPatternFailsWhenBound) {
  auto database = open_database("", {});
  auto session = connect(**database);
  const auto schema = session->describe("SELECT to_date(x, 'dd/MM/YYYY') FROM (SELECT 'a' AS x)");
  ASSERT_FALSE(schema);
  EXPECT_EQ(schema.error().kind(), Kind::kUser);
  EXPECT_NE(schema.error().message().find("the letter 'Y'"), std::string::npos);
}

TEST(SparkFunctions, PatternsMayComeFromColumns) {
  auto database = open_database("", {});
  auto session = connect(**database);
  auto value = session->value(
      "SELECT list(to_date(x, p) ORDER BY i) FROM (VALUES (1, '1.2.2024', 'd.M.yyyy'), "
      "(2, '2024', 'yyyy'), (3, '03/04/2024', 'dd/MM/yyyy')) AS v(i, x, p)");
  ASSERT_TRUE(value) << value.error().message();
  EXPECT_EQ(**value, "[2024-02-01, 2024-01-01, 2024-04-03]");
}

// SQL of our own, and what DuckDB makes of COPY, must mean the same whatever views call.
TEST(SparkFunctions, NoneTakesTheNameOfOneOfDuckdbs) {
  auto database = open_database("", {});
  auto session = *(*database)->connect();
  const auto rows = session->query("SELECT DISTINCT function_name FROM duckdb_functions()");
  ASSERT_TRUE(rows) << rows.error().message();
  std::set<std::string> names;
  for (const auto& row : rows->values) names.insert(*row[0]);
  EXPECT_TRUE(names.contains("to_json"));
  for (const SparkFunction& function : spark_functions()) {
    EXPECT_FALSE(names.contains(std::string(function.name))) << function.name;
  }
}

TEST(SparkFunctions, AllOfThemChangeNoFile) {
  auto database = open_database("", {});
  auto session = *(*database)->connect();
  const auto written = [&session] {
    const std::string rows =
        "SELECT 1.10::DECIMAL(38,9) AS d, NULL AS n, {'a': 'x'::BLOB, 'b': NULL} AS s, "
        "[1.5::DOUBLE] AS l, TIMESTAMP '2024-01-01 00:00:00.5' AS t, '{\"x\": 1.10}'::JSON AS j, "
        "lpad('a', 3, 'b') AS p, date_add(DATE '2024-01-01', INTERVAL 1 DAY) AS e";
    std::string text;
    for (const char* format : {"json", "csv"}) {
      EXPECT_TRUE(session->execute("COPY (" + rows + ") TO '" + ::testing::TempDir() +
                                   "/rows' (FORMAT " + format + ")"));
      text += session->value("SELECT content FROM read_text('" + ::testing::TempDir() + "/rows')")
                  ->value_or("NULL");
    }
    return text;
  };
  const std::string before = written();
  std::set<std::string> names;
  for (const SparkFunction& function : spark_functions()) names.emplace(function.name);
  ASSERT_TRUE(define_spark_functions(*session, names));
  EXPECT_EQ(written(), before);
}

TEST(SparkFunctions, OtherNamesAreLeftAlone) {
  auto database = open_database("", {});
  auto session = *(*database)->connect();
  EXPECT_TRUE(define_spark_functions(*session, {"upper", "nvl"}));
  EXPECT_TRUE(session->query("SELECT nvl(upper('a'), 'b')"));
  EXPECT_FALSE(session->query("SELECT nvl2(1, 2, 3)"));
}

}  // namespace
}  // namespace sluice::sql
