#include "sql/functions/text_casts.h"

#include <gtest/gtest.h>

#include "sql/functions/open_database.h"
#include "sql/spark/spark_query.h"

namespace sluice::sql {
namespace {

struct Case {
  const char* sql;
  const char* value;
};

class TextCastsTest : public ::testing::TestWithParam<Case> {};

/// `b` is the BLOB of ab, `t` of {"a":1,"b":"x"}, `e` of é, `n` of bytes that are not UTF-8.
TEST_P(TextCastsTest, IsSparks) {
  const auto database = *open_database("", {});
  const auto session = *database->connect();
  const auto text = with_spark_functions(
      *session, "SELECT " + std::string(GetParam().sql) +
                    R"( FROM (SELECT 'ab'::BLOB AS b, '{"a":1,"b":"x"}'::BLOB AS t,
                         'é'::BLOB AS e, from_hex('61FF62') AS n, 'ab' AS s))");
  ASSERT_TRUE(text) << text.error().message();
  const auto value = session->value(*text);
  ASSERT_TRUE(value) << *text << ": " << value.error().message();
  EXPECT_EQ(value->value_or("NULL"), GetParam().value) << *text;
}

// What Spark 4.2 answers, of BINARY and STRING. What is not UTF-8 Spark keeps as it is in a STRING
// and shows as U+FFFD; here it becomes that.
INSTANTIATE_TEST_SUITE_P(
    Blobs, TextCastsTest,
    ::testing::Values(
        Case{"CAST(t AS STRING)", R"({"a":1,"b":"x"})"}, Case{"CAST(e AS VARCHAR)", "é"},
        Case{"CAST(n AS STRING)",
             "a\xef\xbf\xbd"
             "b"},
        Case{"length(CAST(n AS STRING))", "3"},
        Case{"TRY_CAST(n AS STRING)",
             "a\xef\xbf\xbd"
             "b"},
        Case{"hex(CAST('é\\x41' AS BLOB))", "C3A95C783431"}, Case{"CAST([b] AS VARCHAR[])", "[ab]"},
        Case{"CAST({'x': b} AS STRUCT(x VARCHAR))", "{ab}"},
        Case{"from_json(CAST(t AS STRING), 'a INT, b STRING')", "{1, x}"},
        Case{"from_json(t, 'a INT, b STRING')", "{1, x}"}, Case{"t->>'b'", "x"},
        Case{"t->'a'", "1"}, Case{"get_json_object(t, '$.b')", "x"}, Case{"b || 'c'", "abc"},
        Case{"typeof(b || 'c')", "VARCHAR"}, Case{"b || s", "abab"}, Case{"'c' || b", "cab"},
        Case{"typeof(b || b)", "BLOB"}, Case{"concat(b, 'c')", "abc"},
        Case{"concat_ws('-', b, 'c')", "ab-c"}, Case{"b LIKE 'a%'", "true"},
        Case{"b ILIKE 'A%'", "true"}, Case{"b NOT LIKE 'a_'", "false"},
        Case{"rlike(b, '^a')", "true"}, Case{"regexp_matches(b, '^a')", "true"},
        Case{"length(e)", "2"}, Case{"char_length(e)", "2"}, Case{"octet_length(e)", "2"},
        Case{"upper(b)", "AB"}, Case{"lower(b)", "ab"}, Case{"trim(b)", "ab"},
        Case{"replace(b, 'b', 'x')", "ax"}, Case{"instr(b, 'b')", "2"},
        Case{"split(b, 'a')", "[, b]"}, Case{"initcap(b)", "Ab"}, Case{"contains(b, 'b')", "true"},
        Case{"starts_with(b, 'a')", "true"}, Case{"regexp_replace(b, 'b', 'x')", "ax"},
        Case{"b = 'ab'", "true"}, Case{"'ab' = b", "true"}, Case{"b = s", "true"},
        Case{"b < 'b'", "true"}, Case{"e = 'é'", "true"}, Case{"b IN ('ab', 'c')", "true"},
        Case{"b BETWEEN 'a' AND 'b'", "true"}, Case{"typeof(coalesce(b, 'c'))", "BLOB"},
        Case{"md5(b) = md5('ab')", "true"}, Case{"sha2(b, 256) = sha2('ab', 256)", "true"},
        Case{"crc32(b)", "2659403885"}, Case{"base64(b)", "YWI="}, Case{"base64(s)", "YWI="},
        Case{"unbase64('YWI=') = b", "true"}, Case{"hex(b)", "6162"},
        Case{"decode(b, 'UTF-8')", "ab"}, Case{"decode(b)", "ab"},
        Case{"encode('ab', 'UTF-8') = b", "true"}, Case{"ascii(b)", "97"},
        Case{"substr(b, 2, 1)", "[62]"}, Case{"substring(b, -1)", "[62]"},
        Case{"left(b, 1)", "[61]"}, Case{"right(b, 1)", "b"}, Case{"reverse(b)", "[62 61]"},
        Case{"octet_length('é')", "2"}, Case{"length('é')", "1"}, Case{"reverse(NULL)", "NULL"},
        Case{"substr(NULL, 1)", "NULL"}, Case{"len([1, 2])", "2"}, Case{"'a' || NULL", "NULL"},
        Case{"[1] || [2]", "[1, 2]"}));

TEST(TextCasts, NullsStayAndChunksAreWhole) {
  const auto database = *open_database("", {});
  const auto session = *database->connect();
  const auto value = session->value(
      "SELECT count(*) || ' ' || count(CAST(CAST(x AS BLOB) AS VARCHAR)) || ' ' || "
      "bool_and(x IS NULL OR CAST(CAST(x AS BLOB) AS VARCHAR) = x) FROM (SELECT CASE WHEN i % 3 > "
      "0 "
      "THEN repeat('é', i % 40) END AS x FROM range(10000) AS r(i))");
  ASSERT_TRUE(value) << value.error().message();
  EXPECT_EQ(**value, "10000 6666 true");
}

}  // namespace
}  // namespace sluice::sql
