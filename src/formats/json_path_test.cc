#include "formats/json_path.h"

#include <gtest/gtest.h>

namespace sluice::formats {
namespace {

std::string found(std::string_view json, std::string_view path) {
  const auto parsed = JsonPath::parse(path);
  if (!parsed) return "no path";
  const auto value = parsed->find(json);
  return value ? std::string(*value) : "nothing";
}

TEST(JsonPath, FindsWhatDuckdbFinds) {
  const std::string json =
      R"( {"a": {"b c":[1, {"d":2.50}], "":3}, "$x":4, "a":5, "\u00e9":6, "e/f":7} )";
  EXPECT_EQ(found(json, "$.a.\"b c\"[0]"), "1");
  EXPECT_EQ(found(json, "$.a.\"b c\"[1].d"), "2.50");
  EXPECT_EQ(found(json, "$.a.\"b c\"[#-1].d"), "2.50");
  EXPECT_EQ(found(json, "$.a.\"b c\"[2]"), "nothing");
  EXPECT_EQ(found(json, "/a/b c/1/d"), "2.50");
  EXPECT_EQ(found(json, "/e~1f"), "7");
  EXPECT_EQ(found(json, "é"), "6");
  EXPECT_EQ(found(json, "a.b"), "nothing");
  EXPECT_EQ(found(json, "$.a.\"\""), "3");
  EXPECT_EQ(found(R"({"":1})", ""), "1");
  EXPECT_EQ(found("[10, 20]", "$[1]"), "20");
  EXPECT_EQ(JsonPath::element(-1).find("[10, 20]"), "20");
  EXPECT_EQ(JsonPath::element(2).find("[10, 20]"), std::nullopt);
}

TEST(JsonPath, PatternsAreNoPaths) {
  for (const char* path : {"$.*", "$.a[*]", "$**.a", "$a", "$.", "$.a[x]", "$.a["}) {
    EXPECT_EQ(found("{}", path), "no path") << path;
  }
}

TEST(JsonPath, NumbersKeepEveryDigit) {
  EXPECT_EQ(found(R"({"a":12345678901234567890.1234567890})", "a"),
            "12345678901234567890.1234567890");
  std::string text = "before ";
  append_without_blanks(text, " [ 1.10 , \"a \\\" b\" ,1e400 ]\n");
  EXPECT_EQ(text, "before [1.10,\"a \\\" b\",1e400]");
}

struct Case {
  const char* json;
  const char* path;
  const char* value;
};

class GetJsonObjectTest : public ::testing::TestWithParam<Case> {};

TEST_P(GetJsonObjectTest, IsSparks) {
  EXPECT_EQ(get_json_object(GetParam().json, GetParam().path).value_or("NULL"), GetParam().value)
      << GetParam().json << " " << GetParam().path;
}

// What Spark 4.2 answers.
INSTANTIATE_TEST_SUITE_P(
    Paths, GetJsonObjectTest,
    ::testing::Values(Case{R"({"a":[1,2,3]})", "$.a[*]", "[1,2,3]"},
                      Case{R"({"a":[{"b":1},{"b":2}]})", "$.a[*].b", "[1,2]"},
                      Case{R"({"a":[{"b":1}]})", "$.a[*].b", "1"},
                      Case{R"({"a":[{"b":"x"}]})", "$.a[*].b", "\"x\""},
                      Case{R"({"a":[{"b":"x"},{"c":1}]})", "$.a[*].b", "\"x\""},
                      Case{R"({"a":[[1,2],[3]]})", "$.a[*][*]", "[1,2,3]"},
                      Case{R"({"a":[[1,2],[3]]})", "$.a[*]", "[[1,2],[3]]"},
                      Case{R"({"a":[[1,2],[3]]})", "$.a[0][*]", "[1,2]"},
                      Case{R"({"a":[[1,2],[3]]})", "$.a[*][0]", "[1,3]"},
                      Case{R"({"a":[0,[1,2]]})", "$.a[1][*]", "[1,2]"},
                      Case{R"({"a":[{"b":[1,2]},{"b":[3]}]})", "$.a[*].b[*]", "[[1,2],[3]]"},
                      Case{R"({"a":[{"b":[1,2]},{"b":[3]}]})", "$.a[*].b", "[[1,2],[3]]"},
                      Case{R"({"a":[{"b":[1,2]},{"b":[3]}]})", "$.a[0].b[*]", "[1,2]"},
                      Case{R"({"a b":1})", "$['a b']", "1"}, Case{R"({"a.b":1})", "$['a.b']", "1"},
                      Case{R"({"a":{"b c":{"d":2}}})", "$.a['b c'].d", "2"},
                      Case{R"({"a b":1})", "$.a b", "1"}, Case{R"({"a":1})", "$. a", "1"},
                      Case{R"({" a":1})", "$. a", "NULL"}, Case{R"({"a":1})", "$ .a", "NULL"},
                      Case{R"({"a":{"b":1,"c":2}})", "$.a.*", "NULL"},
                      Case{R"({"a":{"b":1}})", "$.a['*']", "NULL"},
                      Case{R"({"a":1})", "$.A", "NULL"}, Case{R"({"a":null})", "$.a", "NULL"},
                      Case{"[null]", "$[0]", "null"}, Case{"[1,2]", "$[1]", "2"},
                      Case{"[1,2]", "$[5]", "NULL"}, Case{"[1,2]", "$[-1]", "NULL"},
                      Case{R"({"":1})", "$.", "NULL"}, Case{R"({"":1})", "$['']", "NULL"},
                      Case{R"({"a":{"":1}})", "$.a", R"({"":1})"}, Case{R"({"a":1})", "a", "NULL"},
                      Case{R"({"a":1})", "$a", "NULL"}, Case{R"({"a":1})", "", "NULL"}));

INSTANTIATE_TEST_SUITE_P(
    Texts, GetJsonObjectTest,
    ::testing::Values(
        Case{R"("x")", "$", "x"}, Case{"x", "$", "NULL"}, Case{R"({"a":1)", "$.a", "NULL"},
        Case{R"({"a":1} junk)", "$.a", "1"}, Case{R"({"a":1,"a":2})", "$.a", "1"},
        Case{R"({"a":null,"a":2})", "$.a", "2"}, Case{"{'a':1}", "$.a", "1"},
        Case{R"({"a": {"b" : [1, 2]}})", "$.a", R"({"b":[1,2]})"},
        Case{R"({"a":NaN})", "$.a", "NULL"}, Case{R"({"a":1.10})", "$.a", "1.1"},
        Case{R"({"a":1e3})", "$.a", "1000.0"},
        Case{R"({"a":12345678901234567890.123456789})", "$.a", "1.2345678901234567E19"},
        Case{R"({"d":100,"e":12345678901234567890123,"f":-0.0,"g":1e400,"h":-0})", "$",
             R"({"d":100,"e":12345678901234567890123,"f":-0.0,"g":"Infinity","h":0})"},
        Case{R"({"a":"x\ny \u00e9 \ud83d\ude00"})", "$.a", "x\ny é 😀"},
        Case{R"({"a":{"s":"x\ny \u00e9 \ud83d\ude00 😀 \/"}})", "$.a",
             R"({"s":"x\ny é \uD83D\uDE00 \uD83D\uDE00 /"})"}));

}  // namespace
}  // namespace sluice::formats
