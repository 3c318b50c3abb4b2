#include "base/csv_text.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

std::string field(std::string_view text) {
  std::string out = "a,";
  append_csv_field(out, text);
  return out;
}

TEST(CsvText, OnlyWhatNeedsQuotesHasThem) {
  EXPECT_EQ(field(""), "a,");
  EXPECT_EQ(field("x y'z"), "a,x y'z");
  EXPECT_EQ(field("x,y"), "a,\"x,y\"");
  EXPECT_EQ(field("\"x\""), "a,\"\"\"x\"\"\"");
  EXPECT_EQ(field("x\r"), "a,\"x\r\"");
  EXPECT_EQ(field("x\ny"), "a,\"x\ny\"");
}

}  // namespace
}  // namespace sluice
