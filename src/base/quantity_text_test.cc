#include "base/quantity_text.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(QuantityText, CountsHaveCommas) {
  EXPECT_EQ(count_text(0), "0");
  EXPECT_EQ(count_text(999), "999");
  EXPECT_EQ(count_text(1000), "1,000");
  EXPECT_EQ(count_text(1234567), "1,234,567");
}

TEST(QuantityText, NegativeCountsKeepTheirSign) {
  EXPECT_EQ(count_text(-12), "-12");
  EXPECT_EQ(count_text(-123), "-123");
  EXPECT_EQ(count_text(-1234), "-1,234");
}

TEST(QuantityText, BytesHaveThreeDigits) {
  EXPECT_EQ(bytes_text(999), "999 B");
  EXPECT_EQ(bytes_text(1000), "1.00 kB");
  EXPECT_EQ(bytes_text(12'345), "12.3 kB");
  EXPECT_EQ(bytes_text(999'999), "1.00 MB");
  EXPECT_EQ(bytes_text(123'456'789), "123 MB");
}

TEST(QuantityText, DurationsChangeTheirUnit) {
  EXPECT_EQ(duration_text(8'200), "8 ms");
  EXPECT_EQ(duration_text(999'900), "1.00 s");
  EXPECT_EQ(duration_text(1'240'000), "1.24 s");
  EXPECT_EQ(duration_text(59'990'000), "1 min 00 s");
  EXPECT_EQ(duration_text(125'000'000), "2 min 05 s");
  EXPECT_EQ(duration_text(11'520'000'000), "3 h 12 min");
}

TEST(QuantityText, RateOfNoTimeIsNone) { EXPECT_EQ(rate_text(5, 0), "-"); }

TEST(QuantityText, RateIsPerSecond) {
  EXPECT_EQ(rate_text(250'000, 2'000'000), "125,000 rows/s");
  EXPECT_EQ(rate_text(1, 2'000'000), "0.5 rows/s");
}

TEST(QuantityText, OneIsSingular) {
  EXPECT_EQ(counted(1, "batch", "batches"), "1 batch");
  EXPECT_EQ(counted(0, "batch", "batches"), "0 batches");
}

TEST(QuantityText, DurationAsAnOption) {
  EXPECT_EQ(duration_option_text(7 * 60'000'000), "7m");
  EXPECT_EQ(duration_option_text(90'000'000), "1m30s");
  EXPECT_EQ(duration_option_text(250'000), "250ms");
  EXPECT_EQ(duration_option_text(26 * 3'600'000'000), "1d2h");
  EXPECT_EQ(duration_option_text(0), "0s");
}

TEST(QuantityText, Percent) {
  EXPECT_EQ(percent_text(99.9), "99.9 %");
  EXPECT_EQ(percent_text(100), "100 %");
}

}  // namespace
}  // namespace sluice
