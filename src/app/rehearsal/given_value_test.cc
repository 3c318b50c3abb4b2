#include "app/rehearsal/given_value.h"

#include <gtest/gtest.h>

#include "config/yaml.h"

namespace sluice::app {
namespace {

ConfigValue value(const std::string& text) {
  auto tree = config::parse_yaml("v: " + text, "test");
  EXPECT_TRUE(tree) << text;
  return *tree->find("v");
}

TEST(GivenValue, UnquotedNumbersAndBooleansAreJsons) {
  EXPECT_EQ(json_of(value("{a: 1.50, b: true, c: -2e3}")), R"({"a":1.50,"b":true,"c":-2e3})");
  EXPECT_EQ(json_of(value("[\"1\", 'true', 007, 1., .5, word, 2024-05-01]")),
            R"(["1","true","007","1.",".5","word","2024-05-01"])");
}

TEST(GivenValue, NullIsNothingAndTheWordInQuotesIsAText) {
  EXPECT_EQ(json_of(value("[null, ~, 'null']")), R"([null,null,"null"])");
  EXPECT_NE(comparable(value("null")), comparable(value("'null'")));
}

TEST(GivenValue, NumbersAreTheSameHoweverTheyAreWritten) {
  for (const char* text : {"1.5", "1.50", "'1.500'", "15e-1"}) {
    EXPECT_EQ(comparable(value(text)), comparable(value("1.5"))) << text;
  }
  EXPECT_EQ(comparable(value("10")), comparable(value("1e1")));
  EXPECT_EQ(comparable(value("-0.0")), comparable(value("0")));
  EXPECT_NE(comparable(value("100")), comparable(value("1")));
  // Digits that a double lacks count.
  EXPECT_NE(comparable(value("12345678901234567890.1")),
            comparable(value("12345678901234567890.2")));
}

TEST(GivenValue, MapsAreTheSameInAnyOrderAndListsAreNot) {
  EXPECT_EQ(comparable(value("{a: 1, b: [x]}")), comparable(value("{b: [x], a: 1.0}")));
  EXPECT_NE(comparable(value("[1, 2]")), comparable(value("[2, 1]")));
}

TEST(GivenValue, WhatIsWrittenReadsBackTheSame) {
  for (const char* text :
       {"{id: 1, name: \"a: b\"}", "{\"a b\": \"1\", t: \"2024-05-01 12:00:00\"}",
        "[\"no\", \"true\", true, null, \"null\", \"\", \"naïve 東\", \"line\\n\", plain-word]"}) {
    const std::string written = flow_text(value(text));
    EXPECT_EQ(json_of(value(written)), json_of(value(text))) << written;
  }
}

}  // namespace
}  // namespace sluice::app
