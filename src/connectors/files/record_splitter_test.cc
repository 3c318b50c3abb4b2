#include "connectors/files/record_splitter.h"

#include <gtest/gtest.h>

namespace sluice::connectors {
namespace {

constexpr RecordSyntax kLines;
constexpr RecordSyntax kCsv{.csv = true};

/// All records of a whole text.
std::vector<std::string> split(std::string_view text, const RecordSyntax& syntax) {
  std::vector<std::string> records;
  while (!text.empty()) {
    const RecordEnd record = next_record(text, /*is_end=*/true, syntax);
    EXPECT_TRUE(record.found);
    if (!record.found) break;
    records.emplace_back(text.substr(0, record.bytes));
    text.remove_prefix(record.next);
  }
  return records;
}

using Records = std::vector<std::string>;

TEST(RecordSplitter, LinesEndWithLfOrCrLf) {
  EXPECT_EQ(split("a\nb\r\n\nc", kLines), (Records{"a", "b", "", "c"}));
}

TEST(RecordSplitter, QuotesMeanNothingInLines) {
  EXPECT_EQ(split("\"a\nb\"\n", kLines), (Records{"\"a", "b\""}));
}

TEST(RecordSplitter, CsvKeepsLineEndsInsideQuotes) {
  EXPECT_EQ(split("1,\"a\r\nb\"\r\n2,c\n", kCsv), (Records{"1,\"a\r\nb\"", "2,c"}));
}

TEST(RecordSplitter, DoubledQuotesDoNotClose) {
  EXPECT_EQ(split("\"a\"\"\n\"\"b\"\nc\n", kCsv), (Records{"\"a\"\"\n\"\"b\"", "c"}));
}

TEST(RecordSplitter, QuotesInsideAFieldAreLetters) {
  EXPECT_EQ(split("5\" pipe,x\ny\n", kCsv), (Records{"5\" pipe,x", "y"}));
}

TEST(RecordSplitter, EscapedQuotesDoNotClose) {
  const RecordSyntax syntax{.csv = true, .escape = '\\'};
  EXPECT_EQ(split("\"a\\\"\nb\\\\\"\nc\n", syntax), (Records{"\"a\\\"\nb\\\\\"", "c"}));
}

TEST(RecordSplitter, WithoutQuotesLinesAreRecords) {
  const RecordSyntax syntax{.csv = true, .quote = '\0', .escape = '\0'};
  EXPECT_EQ(split("\"a\nb\"\n", syntax), (Records{"\"a", "b\""}));
}

TEST(RecordSplitter, AQuoteThatNeverClosesTakesItsLineOnly) {
  EXPECT_EQ(split("1,\"a\n2,b\n3,c\n", kCsv), (Records{"1,\"a", "2,b", "3,c"}));
}

TEST(RecordSplitter, AQuoteThatClosesTooLateTakesItsLineOnly) {
  const std::string text = "\"a\n" + std::string(kQuotedRecordBytesMax, 'x') + "\"\n";
  EXPECT_EQ(split(text, kCsv).front(), "\"a");
}

TEST(RecordSplitter, TheLastQuotedRecordNeedsNoLineEnd) {
  EXPECT_EQ(split("1,\"a\nb\"", kCsv), Records{"1,\"a\nb\""});
  EXPECT_EQ(split("1,\"a\nb\"\r", kCsv), Records{"1,\"a\nb\""});
}

TEST(RecordSplitter, MoreBytesAreAskedFor) {
  EXPECT_FALSE(next_record("abc", false, kLines).found);
  EXPECT_FALSE(next_record("1,\"a\nb", false, kCsv).found);
  // The quote may be the first of two.
  EXPECT_FALSE(next_record("1,\"a\nb\"", false, kCsv).found);
}

TEST(RecordSplitter, LinesOfARecordAreCounted) {
  EXPECT_EQ(next_record("1,\"a\nb\nc\"\n2\n", true, kCsv).lines, 3U);
  EXPECT_EQ(next_record("1\n2\n", true, kCsv).lines, 1U);
}

TEST(RecordSplitter, FieldsLoseTheirQuotes) {
  EXPECT_EQ(csv_fields("id,\"full \"\"name\"\"\",", kCsv), (Records{"id", "full \"name\"", ""}));
}

}  // namespace
}  // namespace sluice::connectors
