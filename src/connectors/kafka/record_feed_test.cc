#include "connectors/kafka/record_feed.h"

#include <sstream>

#include <gtest/gtest.h>

namespace sluice::connectors::kafka {
namespace {

using Values = std::vector<std::string>;

/// All values of a feed; an error ends them as its message.
Values drain(const RecordFeed& feed) {
  Values values;
  OutgoingRecord record;
  while (true) {
    const auto more = feed(record);
    if (!more) values.push_back(more.error().message());
    if (!more || !*more) return values;
    values.push_back(*record.value);
  }
}

Values csv(const std::string& text, const FeedOptions& options = {}) {
  std::istringstream input(text);
  return drain(csv_feed(input, options));
}

TEST(CsvFeed, NumbersStayAsTheyAreWritten) {
  EXPECT_EQ(csv("a,b\n12.500,-1e3\n"), Values({R"({"a":12.500,"b":-1e3})"}));
}

TEST(CsvFeed, WhatIsNoJsonNumberIsText) {
  EXPECT_EQ(csv("a\n007\n1.\n.5\n+1\n0x1\nNaN\n1,2\n",
                {.key_column = "", .headers = {}, .delimiter = ';'}),
            Values({R"({"a":"007"})", R"({"a":"1."})", R"({"a":".5"})", R"({"a":"+1"})",
                    R"({"a":"0x1"})", R"({"a":"NaN"})", R"({"a":"1,2"})"}));
}

TEST(CsvFeed, EmptyIsNullAndQuotedEmptyIsText) {
  EXPECT_EQ(csv("a,b\n,\"\"\n"), Values({R"({"a":null,"b":""})"}));
}

TEST(CsvFeed, QuotedNumberIsText) { EXPECT_EQ(csv("a\n\"12\"\n"), Values({R"({"a":"12"})"})); }

TEST(CsvFeed, QuotesHoldDelimitersQuotesAndLines) {
  EXPECT_EQ(csv("a,b\r\n\"x,\"\"y\"\"\nz\",1\r\n"), Values({R"({"a":"x,\"y\"\u000az","b":1})"}));
}

TEST(CsvFeed, ByteOrderMarkIsNoPartOfTheFirstName) {
  EXPECT_EQ(csv("\xEF\xBB\xBF"
                "a\n1\n"),
            Values({R"({"a":1})"}));
}

TEST(CsvFeed, LastLineNeedsNoEnd) { EXPECT_EQ(csv("a\n1"), Values({R"({"a":1})"})); }

TEST(CsvFeed, MissingFieldsAreNull) { EXPECT_EQ(csv("a,b\n1\n"), Values({R"({"a":1,"b":null})"})); }

TEST(CsvFeed, TooManyFieldsNameTheLine) {
  const Values values = csv("a,b\n1,2\n1,2,3\n");
  ASSERT_EQ(values.size(), 2U);
  EXPECT_NE(values[1].find("line=3 fields=3 header=2"), std::string::npos);
}

TEST(CsvFeed, OpenQuoteNamesItsLine) {
  const Values values = csv("a\n1\n\"x\n");
  ASSERT_EQ(values.size(), 2U);
  EXPECT_NE(values[1].find("line=3"), std::string::npos);
}

TEST(CsvFeed, UnknownKeyColumnNamesTheNearest) {
  const Values values = csv("SellerID\n1\n", {.key_column = "SelerID", .headers = {}});
  ASSERT_EQ(values.size(), 1U);
  EXPECT_NE(values[0].find("did you mean 'SellerID'?"), std::string::npos);
}

TEST(CsvFeed, KeyIsTheColumnsText) {
  std::istringstream input("id,name\n7,x\n,y\n");
  const RecordFeed feed = csv_feed(input, {.key_column = "id", .headers = {}});
  OutgoingRecord record;
  ASSERT_TRUE(*feed(record));
  EXPECT_EQ(record.key, "7");
  ASSERT_TRUE(*feed(record));
  EXPECT_EQ(record.key, std::nullopt);
}

TEST(JsonLinesFeed, BytesPassThrough) {
  std::istringstream input("{\"a\": 1 }\r\n\nnot json \xFF\n");
  EXPECT_EQ(drain(json_lines_feed(input, {})), Values({"{\"a\": 1 }", "not json \xFF"}));
}

TEST(JsonLinesFeed, KeyIsTheMembersText) {
  std::istringstream input("{\"k\":\"x\"}\n{\"k\":12}\n");
  const RecordFeed feed = json_lines_feed(input, {.key_column = "k", .headers = {}});
  OutgoingRecord record;
  ASSERT_TRUE(*feed(record));
  EXPECT_EQ(record.key, "x");
  ASSERT_TRUE(*feed(record));
  EXPECT_EQ(record.key, "12");
}

}  // namespace
}  // namespace sluice::connectors::kafka
