#include "base/shown_text.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(ShownText, EscapesWhatATerminalWouldObey) {
  EXPECT_EQ(shown_text(std::string("a\n\t\r\x1B[0m\0z\x7F", 11)), "a\\n\\t\\r\\x1B[0m\\x00z\\x7F");
}

TEST(ShownText, LettersStayAndOtherBytesAreShown) {
  EXPECT_EQ(shown_text("é東😀"), "é東😀");
  EXPECT_EQ(shown_text("caf\xE9 \xFF\xFE"), "caf\\xE9 \\xFF\\xFE");
}

TEST(ShownText, IsCutBetweenLetters) {
  EXPECT_EQ(shown_text("ééé", 4), "éé...");
  EXPECT_EQ(shown_text("ééé", 5), "éé...");
  EXPECT_EQ(shown_text("ééé", 6), "ééé");
}

}  // namespace
}  // namespace sluice
