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

TEST(RecordSplitter, AQuoteMayCloseMebibytesLater) {
  std::string lines;
  while (lines.size() < 3 << 20) lines += "a line\n";
  const std::string before(2 << 20, 'x');
  const std::string record = before + ",\"" + lines + "\",1";
  EXPECT_EQ(split("0\n" + record + "\n2\n", kCsv), (Records{"0", record, "2"}));
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

TEST(RecordSplitter, BlanksMayStandBeforeAQuote) {
  EXPECT_EQ(split("1, \"a\nb\"\n2\n", kCsv), (Records{"1, \"a", "b\"", "2"}));
  const RecordSyntax syntax{.csv = true, .trim = true};
  EXPECT_EQ(split("1, \t\"a\nb\" ,c\n2\n", syntax), (Records{"1, \t\"a\nb\" ,c", "2"}));
  const RecordSyntax tabs{.csv = true, .delimiter = '\t', .trim = true};
  EXPECT_EQ(split("1\t \"a\nb\"\n\t\t\n", tabs), (Records{"1\t \"a\nb\"", "\t\t"}));
}

TEST(RecordSplitter, BlankIsWhatSeparatesNoFields) {
  const RecordSyntax tabs{.csv = true, .delimiter = '\t'};
  EXPECT_TRUE(is_blank("", kCsv));
  EXPECT_TRUE(is_blank(" \t\r", kCsv));
  EXPECT_TRUE(is_blank(" \t", kLines));
  EXPECT_FALSE(is_blank(",", kCsv));
  EXPECT_FALSE(is_blank("\t\t", tabs));
  EXPECT_TRUE(is_blank("  ", tabs));
}

/// Where the record ends, whatever the pieces that it is given in.
std::size_t walked(std::string_view text, std::size_t piece, RecordWalk& walk) {
  std::size_t bytes = 0;
  while (bytes < text.size() && !walk.ended()) bytes += walk.feed(text.substr(bytes, piece));
  return bytes;
}

TEST(RecordSplitter, AWalkEndsWhereTheRecordDoes) {
  const RecordSyntax escaped{.csv = true, .escape = '\\'};
  const std::vector<std::pair<std::string, RecordSyntax>> records = {
      {"1,\"a\"\"\n,b\"\n", kCsv},
      {"5\" pipe,\"\",\"x\ny\"\n", kCsv},
      {"\"a\\\"\nb\\\\\"\n", escaped},
      {"a, \"b\nc\"\n", {.csv = true, .trim = true}},
  };
  for (const auto& [record, syntax] : records) {
    EXPECT_EQ(next_record(record + "2\n", true, syntax).next, record.size()) << record;
    for (std::size_t piece = 1; piece <= record.size(); ++piece) {
      RecordWalk walk(syntax);
      EXPECT_EQ(walked(record + "2\n", piece, walk), record.size()) << record << piece;
      EXPECT_EQ(walk.lines(), next_record(record, true, syntax).lines) << record;
    }
  }
}

TEST(RecordSplitter, FieldsLoseTheirQuotes) {
  EXPECT_EQ(csv_fields("id,\"full \"\"name\"\"\",", kCsv), (Records{"id", "full \"name\"", ""}));
  const RecordSyntax trims{.csv = true, .trim = true};
  EXPECT_EQ(csv_fields(" id , \" a b \" ,c", trims), (Records{"id", " a b ", "c"}));
}

}  // namespace
}  // namespace sluice::connectors
