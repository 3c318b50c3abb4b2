#include "formats/json_pointer.h"

#include <gtest/gtest.h>

#include "formats/vector_memory_test_support.h"

namespace sluice::formats {
namespace {

/// What is at `pointer`, or the reason's number.
std::string at(std::string_view pointer, std::string_view json) {
  std::string_view value;
  const Reason reason = JsonPointer::parse(pointer)->find(json, value);
  return reason == Reason::kNone ? std::string(value) : why(reason);
}

TEST(JsonPointer, FindsAValueAsItIsWritten) {
  EXPECT_EQ(at("/a/b", R"({"x":[{"b":1}],"a":{"c":2, "b" : {"d": [ 1 ]} }})"), R"({"d": [ 1 ]})");
  EXPECT_EQ(at("/a", R"( {"a" : "text" } )"), "\"text\"");
  EXPECT_EQ(at("", R"( [1, 2] )"), "[1, 2]");
}

TEST(JsonPointer, NumbersAreElementsOfAListAndNamesOfAnObject) {
  EXPECT_EQ(at("/a/1/b", R"({"a":[{"b":0},{"b":1},{"b":2}]})"), "1");
  EXPECT_EQ(at("/1", R"({"0":5,"1":6})"), "6");
  EXPECT_EQ(at("/a/3", R"({"a":[1,2,3]})"), why(Reason::kNothingThere));
  EXPECT_EQ(at("/a/01", R"({"a":[1,2,3]})"), why(Reason::kNothingThere));
  EXPECT_EQ(at("/a/0", R"({"a":[]})"), why(Reason::kNothingThere));
}

TEST(JsonPointer, NamesMayHaveEscapesOnBothSides) {
  EXPECT_EQ(at("/a~1b/m~0n", R"({"a/b":{"m~n":1}})"), "1");
  EXPECT_EQ(at("/\xc3\xa9", R"({"\u00e9":1})"), "1");
  EXPECT_EQ(at("/", R"({"":1})"), "1");
}

TEST(JsonPointer, WhatIsNoPointer) {
  EXPECT_FALSE(JsonPointer::parse("payload"));
  EXPECT_FALSE(JsonPointer::parse("/a~2"));
  EXPECT_FALSE(JsonPointer::parse("/a~"));
  EXPECT_FALSE(JsonPointer::parse("$.a"));
}

TEST(JsonPointer, SaysWhatIsNotThere) {
  EXPECT_EQ(at("/a", "{}"), why(Reason::kNothingThere));
  EXPECT_EQ(at("/a/b", R"({"a":7})"), why(Reason::kNothingThere));
  EXPECT_EQ(at("/a", "[1]"), why(Reason::kNothingThere));
  EXPECT_EQ(at("/a", " "), why(Reason::kEmpty));
}

TEST(JsonPointer, ANameOnTheWayMayNotBeThereTwice) {
  EXPECT_EQ(at("/a", R"({"a":1,"a":2})"), why(Reason::kPlaceTwice));
  EXPECT_EQ(at("/a/b", R"({"a":{"b":1},"a":{"c":1}})"), why(Reason::kPlaceTwice));
  EXPECT_EQ(at("/a/b", R"({"a":{"b":1,"c":2,"c":3},"d":1,"d":2})"), "1");
}

TEST(JsonPointer, AllOfTheTextIsChecked) {
  for (const char* broken :
       {R"({"a":1)", R"({"a":1} x)", R"({"a":1,"b":tru})", R"({"b":[1,],"a":1})", R"({"a":1,})",
        R"({"a" 1})", R"({a:1})", R"({"a":01})", "{\"a\":1,\"b\":\"\x01\"}", R"({"b":"\q","a":1})",
        R"({"a":{"b":}})", "{", "nul"}) {
    EXPECT_EQ(at("/a", broken), why(Reason::kNotJson)) << broken;
  }
  EXPECT_EQ(at("/a", "\xef\xbb\xbf{\"a\":1}"), why(Reason::kByteOrderMark));
  EXPECT_EQ(at("/a", "{\"a\":1,\"b\":\"\xff\"}"), why(Reason::kInvalidUtf8));
  EXPECT_EQ(at("/a", "{\"a\":1,\"\xff\":1}"), why(Reason::kInvalidUtf8));
}

TEST(JsonPointer, NestingHasTheSameLimitAsEverywhere) {
  const std::string deep = std::string(255, '[') + std::string(255, ']');
  EXPECT_EQ(at("/a", R"({"a":)" + deep + "}"), deep);
  EXPECT_EQ(at("/a", R"({"a":[)" + deep + "]}"), why(Reason::kNotJson));
}

}  // namespace
}  // namespace sluice::formats
