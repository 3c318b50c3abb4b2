#include "base/ascii_text.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(AsciiText, LowerCaseLeavesOtherLetters) { EXPECT_EQ(lower_case("GeT Ä-9"), "get Ä-9"); }

TEST(AsciiText, TrimmedKeepsBlanksInside) {
  EXPECT_EQ(trimmed(" \t a b\r\n"), "a b");
  EXPECT_EQ(trimmed("\ta ", " "), "\ta");
  EXPECT_EQ(trimmed(" \n"), "");
  EXPECT_EQ(trimmed(""), "");
}

TEST(AsciiText, BlankHoldsBlanksOnly) {
  EXPECT_TRUE(is_blank(""));
  EXPECT_TRUE(is_blank(" \r\n\t"));
  EXPECT_FALSE(is_blank(" a"));
  EXPECT_FALSE(is_blank("\n", " "));
}

}  // namespace
}  // namespace sluice
