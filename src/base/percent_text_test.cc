#include "base/percent_text.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(PercentText, IsDecoded) {
  EXPECT_EQ(percent_decoded("day=2024-01-01%2000%3A00"), "day=2024-01-01 00:00");
  EXPECT_EQ(percent_decoded("%c3%A9"), "é");
  EXPECT_EQ(percent_decoded("%2525"), "%25");
}

TEST(PercentText, WhatIsNoCodeStays) {
  EXPECT_EQ(percent_decoded("100%"), "100%");
  EXPECT_EQ(percent_decoded("%4"), "%4");
  EXPECT_EQ(percent_decoded("%zz%4z"), "%zz%4z");
}

}  // namespace
}  // namespace sluice
