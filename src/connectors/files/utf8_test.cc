#include "connectors/files/utf8.h"

#include <gtest/gtest.h>

namespace sluice::connectors {
namespace {

TEST(Utf8, ValidTextStays) {
  for (const char* text : {"", "ascii only, and long enough", "é", "中文", "😀", "a😀é"}) {
    EXPECT_EQ(repaired_utf8(text), text);
  }
}

TEST(Utf8, BrokenBytesAreReplaced) {
  EXPECT_EQ(repaired_utf8("a\xFFz"), "a\uFFFDz");
  EXPECT_EQ(repaired_utf8("\xC3"), "\uFFFD");
  EXPECT_EQ(repaired_utf8("\xE4\xB8"), "\uFFFD\uFFFD");
}

TEST(Utf8, OverlongFormsAndSurrogatesAreBroken) {
  EXPECT_EQ(valid_utf8_bytes("\xC0\x80"), 0U);
  EXPECT_EQ(valid_utf8_bytes("\xE0\x9F\xBF"), 0U);
  EXPECT_EQ(valid_utf8_bytes("\xED\xA0\x80"), 0U);
  EXPECT_EQ(valid_utf8_bytes("\xF4\x90\x80\x80"), 0U);
  EXPECT_EQ(valid_utf8_bytes("\xF4\x8F\xBF\xBF"), 4U);
}

TEST(Utf8, TheValidBeginningIsMeasured) { EXPECT_EQ(valid_utf8_bytes("12345678é\xFF"), 10U); }

}  // namespace
}  // namespace sluice::connectors
