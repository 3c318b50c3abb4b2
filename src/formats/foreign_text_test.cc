#include "formats/foreign_text.h"

#include <gtest/gtest.h>

namespace sluice::formats {
namespace {

using namespace std::string_view_literals;

std::string named(std::string_view beginning) { return foreign_text(beginning).value_or(""); }

TEST(ForeignText, WideEncodingsAreNamed) {
  EXPECT_EQ(named("\xFF\xFEi\0d\0"sv),
            "is text in UTF-16, not UTF-8; save it as UTF-8, as with iconv -t UTF-8 -f UTF-16LE");
  EXPECT_NE(named("\xFE\xFF\0i"sv).find("UTF-16BE"), std::string::npos);
  EXPECT_NE(named("i\0d\0,\0a\0\n\0"sv).find("UTF-16LE"), std::string::npos);
  EXPECT_NE(named("\xFF\xFE\0\0i\0\0\0"sv).find("UTF-32LE"), std::string::npos);
}

TEST(ForeignText, ArchivesAndOtherFormatsAreNamed) {
  EXPECT_EQ(named("PK\x03\x04\x14"sv),
            "is a zip archive (or a file of Excel); unpack it, or export it as CSV");
  EXPECT_NE(named("PAR1\x15"sv).find("Parquet"), std::string::npos);
  EXPECT_NE(named("Obj\x01\x04"sv).find("Avro"), std::string::npos);
}

TEST(ForeignText, LinesOfCrAreNamed) {
  EXPECT_NE(named("id,name\r1,a\r2,b\r").find("CR alone"), std::string::npos);
  EXPECT_EQ(named("id,name\r\n1,a\r\n"), "");
  EXPECT_EQ(named("id,name\r"), "");
  EXPECT_EQ(named("\"id\rx\",name"), "");
}

TEST(ForeignText, TextIsText) {
  EXPECT_EQ(named(""), "");
  EXPECT_EQ(named("id,name\n1,é\n"), "");
  EXPECT_EQ(named("{\"a\":1}\n"), "");
  EXPECT_EQ(named("PAR1,PKs,BZh\n"), "");
}

}  // namespace
}  // namespace sluice::formats
