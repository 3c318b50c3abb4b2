#include "connectors/kafka/record_feed.h"

#include <memory>
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

/// The lines of `text` as rows of CSV without line ends in fields.
CsvRows rows_of(const std::string& text, char delimiter = ',') {
  struct State {
    std::istringstream input;
    std::string line;
    data::Arena arena;
  };
  auto state = std::make_shared<State>();
  state->input.str(text);
  formats::CsvStyle style;
  style.delimiter = delimiter;
  return [state, style](CsvRow& row) -> Result<bool> {
    if (!std::getline(state->input, state->line)) return false;
    ++row.line;
    formats::split_csv(state->line, style, state->arena, row.fields);
    return true;
  };
}

Values csv(const std::string& text, const FeedOptions& options = {}, char delimiter = ',') {
  return drain(csv_feed(rows_of(text, delimiter), options));
}

TEST(CsvFeed, NumbersStayAsTheyAreWritten) {
  EXPECT_EQ(csv("a,b\n12.500,-1e3\n"), Values({R"({"a":12.500,"b":-1e3})"}));
}

TEST(CsvFeed, WhatIsNoJsonNumberIsText) {
  EXPECT_EQ(csv("a\n007\n1.\n.5\n+1\n0x1\nNaN\n1,2\n", {}, ';'),
            Values({R"({"a":"007"})", R"({"a":"1."})", R"({"a":".5"})", R"({"a":"+1"})",
                    R"({"a":"0x1"})", R"({"a":"NaN"})", R"({"a":"1,2"})"}));
}

TEST(CsvFeed, EmptyIsNullAndQuotedEmptyIsText) {
  EXPECT_EQ(csv("a,b\n,\"\"\n"), Values({R"({"a":null,"b":""})"}));
}

TEST(CsvFeed, QuotedNumberIsText) { EXPECT_EQ(csv("a\n\"12\"\n"), Values({R"({"a":"12"})"})); }

TEST(CsvFeed, FewerFieldsNameTheLine) {
  EXPECT_EQ(
      csv("a,b\n1\n"),
      Values({"csv: the row has fewer fields than the header; line=2 fields=1 header=2; write "
              "an empty field for one without a value"}));
}

TEST(CsvFeed, ANameMayStandInTheHeaderOnce) {
  EXPECT_EQ(
      csv("a,b,a\n1,2,3\n"),
      Values({"csv: the header names 'a' twice; line=1; give each column a name of its own"}));
}

TEST(CsvFeed, AnInputWithoutHeaderIsAnError) {
  EXPECT_EQ(csv(""), Values({"csv: the input is empty; its first line must name the columns"}));
}

TEST(CsvFeed, TooManyFieldsNameTheLine) {
  const Values values = csv("a,b\n1,2\n1,2,3\n");
  ASSERT_EQ(values.size(), 2U);
  EXPECT_NE(values[1].find("line=3 fields=3 header=2"), std::string::npos);
}

TEST(CsvFeed, UnknownKeyColumnNamesTheNearest) {
  const Values values = csv("SellerID\n1\n", {.key_column = "SelerID", .headers = {}});
  ASSERT_EQ(values.size(), 1U);
  EXPECT_NE(values[0].find("did you mean 'SellerID'?"), std::string::npos);
}

TEST(CsvFeed, KeyIsTheColumnsText) {
  const RecordFeed feed =
      csv_feed(rows_of("id,name\n7,x\n,y\n"), {.key_column = "id", .headers = {}});
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

TEST(JsonLinesFeed, WhatIsNoTextOfLinesIsNamed) {
  std::istringstream input(std::string("\xFF\xFE{\0}\0\n\0", 8));
  const Values values = drain(json_lines_feed(input, {}));
  ASSERT_EQ(values.size(), 1U);
  EXPECT_TRUE(values[0].starts_with("json lines: the input is text in UTF-16, not UTF-8;"));
}

/// Digit by digit: two keys must not become one.
TEST(JsonLinesFeed, KeyIsTheMembersText) {
  const auto keys = [](const std::string& lines, const std::string& column) {
    std::istringstream input(lines);
    const RecordFeed feed = json_lines_feed(input, {.key_column = column, .headers = {}});
    Values found;
    for (OutgoingRecord record; *feed(record);) found.push_back(record.key.value_or("none"));
    return found;
  };
  EXPECT_EQ(keys(R"({"k":"x\u00e9"})"
                 "\n"
                 R"({"v":{"k":1},"k":12345678901234567890123})"
                 "\n"
                 R"( {"k" : 1.10})"
                 "\n"
                 R"({"k":{"b":1,"a":2}})"
                 "\n"
                 R"({"k":null})"
                 "\n{}\n",
                 "k"),
            Values({"xé", "12345678901234567890123", "1.10", R"({"b":1,"a":2})", "none", "none"}));
  EXPECT_EQ(keys(R"({"a/~b":true})", "a/~b"), Values({"true"}));
}

TEST(JsonLinesFeed, ALineThatIsNoObjectHasNoKey) {
  for (const char* line : {"[1]", "7", "{", "nonsense"}) {
    std::istringstream input(line);
    OutgoingRecord record;
    const auto more = json_lines_feed(input, {.key_column = "k", .headers = {}})(record);
    ASSERT_FALSE(more) << line;
    EXPECT_NE(more.error().message().find("the line is not an object, so it has no 'k'"),
              std::string::npos);
  }
}

}  // namespace
}  // namespace sluice::connectors::kafka
