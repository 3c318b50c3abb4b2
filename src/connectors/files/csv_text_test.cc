#include "connectors/files/csv_text.h"

#include <sstream>

#include <gtest/gtest.h>

namespace sluice::connectors {
namespace {

using namespace std::string_literals;
using Lines = std::vector<std::string>;

/// Each record as "line:field|field", quoted fields in quotes; an error ends them as its message.
Lines read(const std::string& text) {
  std::istringstream input(text);
  CsvText csv(input, {});
  std::vector<formats::CsvField> fields;
  Lines lines;
  while (true) {
    const auto more = csv.next(fields);
    if (!more) lines.push_back(more.error().message());
    if (!more || !*more) return lines;
    std::string line = std::to_string(csv.line()) + ":";
    for (const formats::CsvField& field : fields) {
      if (&field != &fields.front()) line += '|';
      line += field.quoted ? "'" + std::string(field.text) + "'" : std::string(field.text);
    }
    lines.push_back(line);
  }
}

TEST(CsvText, LinesEndWithLfOrCrlf) {
  EXPECT_EQ(read("a,b\r\n\n  \n1,\n2,3"), Lines({"1:a|b", "4:1|", "5:2|3"}));
}

TEST(CsvText, QuotesHoldDelimitersQuotesAndLines) {
  EXPECT_EQ(read("a,b\n\"x,\"\"y\"\"\nz\",1\n2,\"w\r\"\r\n"),
            Lines({"1:a|b", "2:'x,\"y\"\nz'|1", "4:2|'w\r'"}));
}

TEST(CsvText, ByteOrderMarkIsPassedOver) {
  EXPECT_EQ(read("\xEF\xBB\xBF"
                 "a\n1"),
            Lines({"1:a", "2:1"}));
}

TEST(CsvText, BrokenQuotesNameTheLine) {
  const std::string end = "); write \"\" for a quote inside quotes; line=2";
  EXPECT_EQ(read("a\n\"x\n"),
            Lines({"1:a", "csv: a quote is not closed, or text follows a closing one (\"x" + end}));
  EXPECT_EQ(
      read("a\n\"x\"y\n"),
      Lines({"1:a", "csv: a quote is not closed, or text follows a closing one (\"x\"y" + end}));
}

TEST(CsvText, OtherBytesThanUtf8NameTheLine) {
  EXPECT_EQ(read("a\ncaf\xE9\n"),
            Lines({"1:a",
                   "csv: the line has bytes that are not UTF-8 (\\xE9); save the file as UTF-8, as "
                   "with iconv -t UTF-8 -f LATIN1; line=2"}));
}

TEST(CsvText, WhatIsNoTextOfLinesIsNamed) {
  EXPECT_EQ(read("a,b\r1,2\r3,4\r"),
            Lines({"csv: the input has lines that end with CR alone, as old Macs wrote them; write "
                   "it with LF, as with tr '\\r' '\\n'"}));
  EXPECT_TRUE(read("\xFF\xFE"
                   "a\0\n\0"s)[0]
                  .starts_with("csv: the input is text in UTF-16"));
  EXPECT_TRUE(read("\x1F\x8B\x08"s)[0].starts_with("csv: the input is compressed with gzip"));
}

TEST(CsvText, RecordsMayBeLongerThanABlock) {
  const std::string field(700'000, 'x');
  EXPECT_EQ(read("a,b\n" + field + ",1\n2," + field + "\n"),
            Lines({"1:a|b", "2:" + field + "|1", "3:2|" + field}));
}

}  // namespace
}  // namespace sluice::connectors
