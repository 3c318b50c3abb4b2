// What Spark 4.2 answers to from_json (PERMISSIVE) and to_json.

#include <gtest/gtest.h>

#include "sql/functions/open_database.h"
#include "sql/spark/spark_query.h"

namespace sluice::sql {
namespace {

struct JsonCase {
  const char* sql;
  const char* value;
};

class SparkJsonTest : public ::testing::TestWithParam<JsonCase> {};

std::string answer(Session& session, const std::string& sql) {
  const auto text = with_spark_functions(session, sql);
  if (!text) return text.error().message();
  const auto value = session.value(*text);
  return value ? value->value_or("NULL") : *text + ": " + value.error().message();
}

TEST_P(SparkJsonTest, IsSparks) {
  const auto database = *open_database("", {});
  const auto session = *database->connect();
  const std::string sql = GetParam().sql;
  // As a constant, and from rows, of which there are more than one chunk.
  EXPECT_EQ(answer(*session, "SELECT " + sql), GetParam().value) << sql;
  EXPECT_EQ(answer(*session,
                   "SELECT min(CAST(x AS VARCHAR)) = max(CAST(x AS VARCHAR)) OR count(x) "
                   "= 0 FROM (SELECT " +
                       sql + " AS x FROM range(5000))"),
            "true")
      << sql;
}

INSTANTIATE_TEST_SUITE_P(
    FromJson, SparkJsonTest,
    ::testing::Values(
        JsonCase{R"(from_json('{"a":7.9}', 'a INT'))", "{NULL}"},
        JsonCase{R"(from_json('{"a":"7"}', 'a INT'))", "{NULL}"},
        JsonCase{R"(from_json('{"a":true}', 'a INT'))", "{NULL}"},
        JsonCase{R"(from_json('{"a":true}', 'a STRING'))", "{true}"},
        JsonCase{R"(from_json('{"a":"true"}', 'a BOOLEAN'))", "{NULL}"},
        JsonCase{R"(from_json('{"a":"aGk="}', 'a BINARY'))", "{[68 69]}"},
        JsonCase{R"(from_json('{"a":"a!"}', 'a BINARY'))", "{NULL}"},
        JsonCase{R"(from_json('{"a":1704067200}', 'a TIMESTAMP'))", "{2024-01-01 00:00:00}"},
        JsonCase{R"(from_json('{"a":1704067200.5}', 'a TIMESTAMP'))", "{NULL}"},
        JsonCase{R"(from_json('{"a":12345678901234567890.123456789}', 'a DECIMAL(38,9)'))",
                 "{12345678901234567890.123456789}"},
        JsonCase{R"(from_json('{"a":0.1}', 'a DECIMAL(38,18)'))", "{0.100000000000000000}"},
        JsonCase{R"(from_json('{"a":1.005}', 'a DECIMAL(10,2)'))", "{1.01}"},
        JsonCase{R"(from_json('{"a":"1.5"}', 'a DECIMAL(10,2)'))", "{1.50}"},
        JsonCase{R"(from_json('{"a":123456789.99}', 'a DECIMAL(10,2)'))", "{NULL}"},
        JsonCase{R"(from_json('{"a":12345678901234567890.123456789}', 'a STRING'))",
                 "{1.2345678901234567E19}"},
        JsonCase{R"(from_json('{"a":{"b":1.10, "c":100}}', 'a STRING'))", R"({{"b":1.1,"c":100}})"},
        JsonCase{R"(from_json('[1,2]', 'ARRAY<INT>'))", "[1, 2]"},
        JsonCase{R"(from_json('[1,2] x', 'ARRAY<INT>'))", "[1, 2]"},
        JsonCase{R"(from_json('[1,"a"]', 'ARRAY<INT>'))", "NULL"},
        JsonCase{R"(from_json('{"a":1}', 'ARRAY<STRUCT<a INT>>'))", "[{1}]"},
        JsonCase{R"(from_json('[{"a":1},{"a":"x"}]', 'ARRAY<STRUCT<a INT>>'))", "[{1}, {NULL}]"},
        JsonCase{R"(from_json('[{"a":1},{"a":2}]', 'a INT'))", "{NULL}"},
        JsonCase{R"(from_json('{"a":1}', 'MAP<STRING,INT>'))", "{a -> 1}"},
        JsonCase{R"(from_json('{"a":1,"b":"x"}', 'MAP<STRING,INT>'))", "NULL"},
        JsonCase{R"(from_json('[1]', 'MAP<STRING,INT>'))", "NULL"},
        JsonCase{R"(from_json('no', 'ARRAY<INT>'))", "NULL"},
        JsonCase{R"(from_json('no', 'a INT'))", "{NULL}"},
        JsonCase{R"(from_json('null', 'a INT'))", "{NULL}"},
        JsonCase{R"(from_json('[]', 'a INT'))", "{NULL}"},
        JsonCase{R"(from_json('', 'a INT'))", "NULL"},
        JsonCase{R"(from_json(' ', 'a INT'))", "NULL"},
        JsonCase{R"(from_json(NULL, 'a INT'))", "NULL"},
        JsonCase{R"(from_json('{"a":1', 'a INT'))", "{NULL}"},
        JsonCase{R"(from_json('{"a":1} x', 'a INT'))", "{1}"},
        JsonCase{R"(from_json('{"A":1}', 'a INT'))", "{NULL}"},
        JsonCase{R"(from_json('{"":1}', '`` INT'))", "{1}"},
        JsonCase{R"(from_json('{"a":{"b":"x","c":1}}', 'a STRUCT<b:INT,c:INT>'))", "{{NULL, 1}}"},
        JsonCase{R"(from_json('{"a":5,"b":1}', 'a STRUCT<b:INT>, b INT'))", "{NULL, 1}"},
        JsonCase{
            R"(from_json('{"a":"NaN","b":"Infinity","c":NaN}', 'a DOUBLE, b FLOAT, c DOUBLE'))",
            "{NaN, Infinity, NaN}"},
        JsonCase{R"(from_json('{"a":1e400}', 'a DOUBLE'))", "{Infinity}"},
        JsonCase{R"(from_json('{"a":-0}', 'a DOUBLE'))", "{0.0}"},
        JsonCase{R"(from_json('{"a":1}', 'a INT').a)", "1"},
        JsonCase{R"(from_json('{"a":"a text of more than twelve bytes"}', 'a STRING').a)",
                 "a text of more than twelve bytes"},
        JsonCase{
            R"(from_json('{"a": ["x", "a text of more than twelve bytes"]}', 'a ARRAY<STRING>').a)",
            "[x, a text of more than twelve bytes]"},
        JsonCase{R"(from_json('{"a": 1}', '{"a": "BIGINT"}'))", "{1}"}));

INSTANTIATE_TEST_SUITE_P(
    ToJson, SparkJsonTest,
    ::testing::Values(
        JsonCase{
            R"(to_json({'a': 1.10::DECIMAL(10,2), 'b': 12345678901234567890.123456789::DECIMAL(38,9),
              'c': 0.0000001::DECIMAL(10,7), 'd': 0::DECIMAL(38,18)}))",
            R"({"a":1.10,"b":12345678901234567890.123456789,"c":1E-7,"d":0E-18})"},
        JsonCase{R"(to_json({'a': 1e10::DOUBLE, 'c': 'NaN'::DOUBLE, 'd': 'Infinity'::DOUBLE,
              'f': 0.1::REAL, 'g': 1e-5::DOUBLE}))",
                 R"({"a":1.0E10,"c":"NaN","d":"Infinity","f":0.1,"g":1.0E-5})"},
        JsonCase{R"(to_json({'t': TIMESTAMPTZ '2024-01-01 00:00:00Z',
              'u': TIMESTAMPTZ '2024-01-01 01:02:03.456789Z', 'n': TIMESTAMP '2024-01-01 01:02:03.4',
              'd': DATE '2024-01-01', 'b': 'abc'::BLOB, 'x': true}))",
                 R"({"t":"2024-01-01T00:00:00.000Z","u":"2024-01-01T01:02:03.456Z",)"
                 R"("n":"2024-01-01T01:02:03.400","d":"2024-01-01","b":"YWJj","x":true})"},
        JsonCase{
            R"(to_json({'a': NULL, 'b': {'c': NULL}, 'l': [1, NULL], 'm': MAP {'k': NULL, 'j': 1},
              'ls': [{'q': NULL, 'r': 1}]}))",
            R"({"b":{},"l":[1,null],"m":{"k":null,"j":1},"ls":[{"r":1}]})"},
        JsonCase{R"(to_json({'s': 'é "q" \ / ' || chr(10) || chr(9) || chr(1) || '😀'}))",
                 R"({"s":"é \"q\" \\ / \n\t\u0001😀"})"},
        JsonCase{"to_json(MAP {1: 'x'})", R"({"1":"x"})"}, JsonCase{"to_json([1, 2])", "[1,2]"},
        JsonCase{"to_json(NULL::STRUCT(a INTEGER))", "NULL"},
        JsonCase{R"(to_json(from_json('{"a":1}', 'a INT, b INT')))", R"({"a":1})"}));

// DuckDB's arrows, without a double on the way.
INSTANTIATE_TEST_SUITE_P(
    Arrows, SparkJsonTest,
    ::testing::Values(
        JsonCase{R"('{"a":12345678901234567890.123456789}'->>'a')",
                 "12345678901234567890.123456789"},
        JsonCase{R"('{"a":{"b":1.10}}'->'a'->>'$.b')", "1.10"},
        JsonCase{R"(CAST('{"a":1234567890.1234567891}'::JSON->'a' AS VARCHAR))",
                 "1234567890.1234567891"},
        JsonCase{R"(CAST('{"a":1234567890.1234567891}'::JSON->'a' AS DECIMAL(38,10)))",
                 "1234567890.1234567891"},
        JsonCase{R"('{"a": [1.0, {"x" : 2}]}'->'a')", R"([1.0,{"x":2}])"},
        JsonCase{R"('[1.10,2]'->>0)", "1.10"},
        JsonCase{R"('{"a":"x\ny"}'->>'a' = 'x' || chr(10) || 'y')", "true"},
        JsonCase{R"('{"a":null}'->>'a')", "NULL"}, JsonCase{R"(typeof('{"a":null}'->'a'))", "JSON"},
        JsonCase{R"('{"":1}'->>'')", "1"}, JsonCase{R"('{"id":7}'::BLOB->>'id')", "7"},
        JsonCase{R"({'a': 1.10::DECIMAL(10,2)}->>'a')", "1.10"},
        JsonCase{R"(json_extract_string('{"a":[{"b":1.10}]}', '$.a[0].b'))", "1.10"},
        JsonCase{R"(json_extract('{"a":[1,2]}', '$.a[*]'))", "[1, 2]"},
        JsonCase{"list_transform([1, 2], x -> 1)", "[1, 1]"},
        JsonCase{R"(list_transform(['{"a":1.10}'], lambda x: x->>'a'))", "[1.10]"}));

TEST(SparkJson, AWrongSchemaIsNamed) {
  const auto database = *open_database("", {});
  const auto session = *database->connect();
  EXPECT_NE(
      answer(*session, "SELECT from_json('{}', 'a LIST<INT>')").find("needs a type of Spark's"),
      std::string::npos);
  EXPECT_NE(answer(*session, "SELECT from_json('{}', 'a INT', 'x')").find("PERMISSIVE"),
            std::string::npos);
}

TEST(SparkJson, WhatIsNoJsonIsAnErrorOfTheArrow) {
  const auto database = *open_database("", {});
  const auto session = *database->connect();
  EXPECT_NE(answer(*session, "SELECT 'no'->>'a'").find("'no' is not JSON"), std::string::npos);
}

TEST(SparkJson, FieldsAreToldApartByCase) {
  const auto database = *open_database("", {});
  const auto session = *database->connect();
  EXPECT_EQ(answer(*session, R"(SELECT from_json('{"a":1,"A":2}', 'a INT'))"), "{1}");
  EXPECT_EQ(answer(*session, R"(SELECT from_json('{"a":1,"A":2}', 'A INT'))"), "{2}");
}

}  // namespace
}  // namespace sluice::sql
