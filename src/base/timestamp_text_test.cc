#include "base/timestamp_text.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(TimestampText, DateIsMidnightUtc) {
  EXPECT_EQ(parse_timestamp_ms("2024-05-01"), 1714521600000);
}

TEST(TimestampText, TimeWithFraction) {
  EXPECT_EQ(parse_timestamp_ms("2024-05-01 12:30:15.25"), 1714566615250);
}

TEST(TimestampText, ZoneIsTakenOff) {
  EXPECT_EQ(parse_timestamp_ms("2024-05-01T02:00:00+02:00"), 1714521600000);
  EXPECT_EQ(parse_timestamp_ms("2024-04-30T19:00:00-0500"), 1714521600000);
  EXPECT_EQ(parse_timestamp_ms("2024-05-01T00:00:00Z"), 1714521600000);
}

TEST(TimestampText, NumberIsMilliseconds) { EXPECT_EQ(parse_timestamp_ms("1234"), 1234); }

TEST(TimestampText, NonsenseIsNone) {
  for (const char* text : {"", "yesterday", "2024-02-30", "2024-05-01 25:00", "2024-05-01 12:00 x",
                           "-5", "2024-5-1"}) {
    EXPECT_FALSE(parse_timestamp_ms(text)) << text;
  }
}

TEST(TimestampText, IsReadBack) {
  EXPECT_EQ(timestamp_text(1714566615250), "2024-05-01 12:30:15.250+00");
  EXPECT_EQ(parse_timestamp_ms(timestamp_text(1714566615250)), 1714566615250);
}

TEST(TimestampText, IsoTimesMayLieBefore1970) {
  EXPECT_EQ(iso_time_text(1'714'566'615'250'999), "2024-05-01T12:30:15.250Z");
  EXPECT_EQ(iso_time_text(-1), "1969-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace sluice
