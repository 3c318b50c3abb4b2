#include "base/utf8_text.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(Utf8Text, TellsUtf8) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("plain text of more than eight bytes"));
  EXPECT_TRUE(is_utf8("caf\xc3\xa9 and more, \xf0\x9f\x98\x80"));
  EXPECT_FALSE(is_utf8("plain text then \xff"));
  EXPECT_FALSE(is_utf8("cut \xe2\x82"));
  EXPECT_FALSE(is_utf8("\xc0\xaf"));
  EXPECT_FALSE(is_utf8("\xed\xa0\x80"));
  EXPECT_FALSE(is_utf8("\xf4\x90\x80\x80"));
}

TEST(Utf8Text, MeasuresTheValidBeginning) {
  EXPECT_EQ(valid_utf8_bytes("12345678\xc3\xa9\xff"), 10U);
  EXPECT_EQ(valid_utf8_bytes("\xe0\x9f\xbf"), 0U);
  EXPECT_EQ(valid_utf8_bytes("\xf4\x8f\xbf\xbf"), 4U);
}

// What Java's decoder answers.
TEST(Utf8Text, ReplacesTheLongestBrokenBeginnings) {
  EXPECT_EQ(with_valid_utf8("caf\xc3\xa9"), "caf\xc3\xa9");
  EXPECT_EQ(with_valid_utf8("a\xff\xfe z"), "a\xef\xbf\xbd\xef\xbf\xbd z");
  EXPECT_EQ(with_valid_utf8("\xe2\x82z"), "\xef\xbf\xbdz");
  EXPECT_EQ(with_valid_utf8("\xf0\x9f\x98"), "\xef\xbf\xbd");
  EXPECT_EQ(with_valid_utf8("\xed\xa0\x80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

}  // namespace
}  // namespace sluice
