#include "base/json.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(JsonText, WhatIsNoJsonIsDiscarded) {
  for (const char* text : {"", " ", "{", "{\"a\":1}}", "nul", "\"\xff\""}) {
    EXPECT_TRUE(parse_json(text).is_discarded()) << text;
    EXPECT_TRUE(parse_ordered_json(text).is_discarded()) << text;
  }
}

TEST(JsonText, MembersAreSortedOrInTheirOrder) {
  constexpr const char* kText = R"({"b":1,"a":"é"})";
  EXPECT_EQ(dump_json(parse_json(kText)), R"({"a":"é","b":1})");
  EXPECT_EQ(dump_json(parse_ordered_json(kText)), kText);
  EXPECT_EQ(dump_json(parse_json("[1]"), 1), "[\n 1\n]");
}

TEST(JsonText, BrokenUtf8IsReplaced) {
  EXPECT_EQ(dump_json(Json("a\xff")), "\"a\xef\xbf\xbd\"");
  EXPECT_EQ(dump_json(OrderedJson("\xc3")), "\"\xef\xbf\xbd\"");
}

TEST(JsonText, MemberThatIsNoTextIsEmpty) {
  const Json json = {{"a", "x"}, {"b", 1}};
  EXPECT_EQ(text_member(json, "a"), "x");
  EXPECT_EQ(text_member(json, "b"), "");
  EXPECT_EQ(text_member(json, "c"), "");
  EXPECT_EQ(text_member(parse_ordered_json("[\"a\"]"), "a"), "");
}

}  // namespace
}  // namespace sluice
