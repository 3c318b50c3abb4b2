// What Apache Spark 4 answered to from_json in PERMISSIVE mode, asked row by row.

#include <gtest/gtest.h>

#include "formats/vector_memory_test_support.h"

namespace sluice::formats {
namespace {

constexpr const char* kAsked = "a INTEGER, d DECIMAL(10,2), s VARCHAR, t TIMESTAMP";
constexpr const char* kFourNulls = "NULL | NULL | NULL | NULL";
constexpr const char* kNewYearText = "1704067200000000";

std::string spark(const char* schema, const std::string& record) {
  return decode_one(schema, record, kSparkRules);
}

TEST(JsonSpark, AnswersAsSparkDoes) {
  const std::string new_year = std::string("NULL | NULL | NULL | ") + kNewYearText;
  const std::vector<std::pair<std::string, std::string>> answers = {
      {R"({"a":1,"d":1.255,"s":"x","t":"2024-01-01T00:00:00Z"})",
       std::string("1 | 1.26 | 'x' | ") + kNewYearText},
      {R"({"a":"1","d":"2.5","s":7,"t":"2024-01-01 00:00:00"})",
       std::string("NULL | 2.50 | '7' | ") + kNewYearText},
      {R"({"a":1.5})", kFourNulls},
      {R"({"a":99999999999})", kFourNulls},
      {R"({"a":1,"d":123456789.99})", "1 | NULL | NULL | NULL"},
      {R"({"a":1)", kFourNulls},
      {"not json", kFourNulls},
      {"[]", kFourNulls},
      {R"([{"a":1},{"a":2}])", kFourNulls},
      {"null", kFourNulls},
      {"{}", kFourNulls},
      {R"({"A":1})", kFourNulls},
      {R"({"a":1,"a":2})", "2 | NULL | NULL | NULL"},
      {R"({"a":null})", kFourNulls},
      {R"({"s":{"x":1}})", R"(NULL | NULL | '{"x":1}' | NULL)"},
      {R"({"s":[1, 2]})", "NULL | NULL | '[1,2]' | NULL"},
      {R"({"s":true})", "NULL | NULL | 'true' | NULL"},
      {R"({"a":true})", kFourNulls},
      {R"({"t":1704067200})", new_year},
      {R"({"t":"2024-01-01"})", new_year},
      {R"({"t":"01/01/2024"})", kFourNulls},
      {R"({"a":1} trailing)", "1 | NULL | NULL | NULL"},
      {"{'a':1}", "1 | NULL | NULL | NULL"},
      {R"({"a":1e2})", kFourNulls},
      {R"({"d":1e2})", "NULL | 100.00 | NULL | NULL"},
      {R"({"d":NaN})", kFourNulls},
      {R"({"s":"\u00e9"})", "NULL | NULL | 'é' | NULL"},
  };
  for (const auto& [record, answer] : answers) EXPECT_EQ(spark(kAsked, record), answer) << record;
}

TEST(JsonSpark, KeepsTheOtherFields) {
  EXPECT_EQ(spark("a INTEGER, s VARCHAR", R"({"a":"x","s":"kept"})"), "NULL | 'kept'");
}

TEST(JsonSpark, Doubles) {
  EXPECT_EQ(spark("d DOUBLE", R"({"d":1.5})"), "1.5");
  EXPECT_EQ(spark("d DOUBLE", R"({"d":"1.5"})"), "NULL");
  EXPECT_EQ(spark("d DOUBLE", R"({"d":"NaN"})"), "nan");
  EXPECT_EQ(spark("d DOUBLE", R"({"d":NaN})"), "nan");
  EXPECT_EQ(spark("d DOUBLE", R"({"d":"Infinity"})"), "inf");
  EXPECT_EQ(spark("d DOUBLE", R"({"d":-INF})"), "-inf");
}

TEST(JsonSpark, NumbersThatJavaDoesNotTell) {
  EXPECT_EQ(spark("d DOUBLE", R"({"d":-0})"), "0");
  EXPECT_EQ(spark("d DOUBLE", R"({"d":-0.0})"), "-0");
  EXPECT_EQ(spark("a INTEGER", R"({"a":-0})"), "0");
  EXPECT_EQ(spark("s VARCHAR", R"({"s":-0})"), "'0'");
  EXPECT_EQ(spark("s VARCHAR", R"({"s":-0.0})"), "'-0.0'");
  EXPECT_EQ(spark("s VARCHAR", R"({"s":{"x":-0,"y":NaN,"z":1e400}})"),
            R"('{"x":0,"y":"NaN","z":"Infinity"}')");
}

TEST(JsonSpark, LongCharactersInsideOfValuesAreTwoEscapes) {
  EXPECT_EQ(spark("s VARCHAR", R"({"s":"😀"})"), "'😀'");
  EXPECT_EQ(spark("s VARCHAR", R"({"s":{"s":"\ud83d\ude00 \u00e9 \u0001 \/ é 😀"}})"),
            R"('{"s":"\uD83D\uDE00 é \u0001 / é \uD83D\uDE00"}')");
}

// Spark's product wraps around; what is beyond the year 9999 is NULL here.
TEST(JsonSpark, SecondsOutOfRangeAreNull) {
  for (const char* seconds : {"253402300800", "1704067200000000", "9223372036854775807",
                              "1704067200000000000000", "-62135596801", "1704067200.5"}) {
    EXPECT_EQ(spark("t TIMESTAMP", std::string("{\"t\":") + seconds + "}"), "NULL") << seconds;
  }
  EXPECT_EQ(spark("t TIMESTAMP", R"({"t":253402300799})"), "253402300799000000");
}

TEST(JsonSpark, Dates) {
  EXPECT_EQ(spark("d DATE", R"({"d":"2024-02-30"})"), "NULL");
  EXPECT_EQ(spark("d DATE", R"({"d":"2024-2-3"})"), "19756");
}

TEST(JsonSpark, AListWithABadElementIsNull) {
  EXPECT_EQ(spark("l INTEGER[], n INTEGER", R"({"l":[1,"x"],"n":1})"), "NULL | 1");
  EXPECT_EQ(spark("l STRUCT(x INTEGER)[]", R"({"l":[{"x":"y"},{"x":2}]})"), "[{x: NULL}, {x: 2}]");
}

TEST(JsonSpark, WritesNumbersAsJavaDoes) {
  for (const auto& [number, text] : std::vector<std::pair<std::string, std::string>>{
           {"1.50", "1.5"},
           {"1e20", "1.0E20"},
           {"1e7", "1.0E7"},
           {"9999999.0", "9999999.0"},
           {"1e-5", "1.0E-5"},
           {"0.001", "0.001"},
           {"1.25e-10", "1.25E-10"},
           {"0.0", "0.0"},
           {"100", "100"},
           {"123456789012345678901234567890", "123456789012345678901234567890"}}) {
    EXPECT_EQ(spark("s VARCHAR", "{\"s\":" + number + "}"), "'" + text + "'");
  }
}

TEST(JsonSpark, LenientTextsAreReadOutOfACopy) {
  EXPECT_EQ(spark("s VARCHAR, j VARCHAR",
                  R"({'s':'it\'s a "long" text, no inline one', 'j': {'k' : ['\/', NaN]}})"),
            R"('it's a "long" text, no inline one' | '{"k":["/","NaN"]}')");
}

}  // namespace
}  // namespace sluice::formats
