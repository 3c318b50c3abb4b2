#include "formats/time_text.h"

#include <initializer_list>

#include <gtest/gtest.h>

#include "base/clock.h"

namespace sluice::formats {
namespace {

constexpr auto kStrict = TimeForms::kStrict;
constexpr auto kSpark = TimeForms::kSpark;
constexpr std::int64_t kNewYear = 1'704'067'200'000'000;  // 2024-01-01T00:00:00Z

TEST(TimeText, Dates) {
  EXPECT_EQ(parse_date("1970-01-01", kStrict), 0);
  EXPECT_EQ(parse_date("2024-02-29", kStrict), 19782);
  EXPECT_EQ(parse_date("0001-01-01", kStrict), -719162);
  EXPECT_EQ(parse_date("9999-12-31", kStrict), 2932896);
}

TEST(TimeText, StrictDatesHaveOneForm) {
  for (const char* text :
       {"", "2024", "2024-02", "2024-2-3", "2024-02-30", "2023-02-29", "2024-13-01", "2024-00-01",
        "2024-01-00", "03/02/2024", "2024-02-03T", "2024-02-03 ", " 2024-02-03", "12024-01-01",
        "-2024-01-01", "2024-01-011", "2024/01/01"}) {
    EXPECT_EQ(parse_date(text, kStrict), std::nullopt) << text;
  }
}

TEST(TimeText, SparksDates) {
  EXPECT_EQ(parse_date("2024-2-3", kSpark), 19756);
  EXPECT_EQ(parse_date("2024", kSpark), 19723);
  EXPECT_EQ(parse_date("2024-1", kSpark), 19723);
  EXPECT_EQ(parse_date("2024-01-01T10:00:00", kSpark), 19723);
  EXPECT_EQ(parse_date(" 2024-01-01 ", kSpark), 19723);
  EXPECT_EQ(parse_date("2024-02-30", kSpark), std::nullopt);
  EXPECT_EQ(parse_date("03/02/2024", kSpark), std::nullopt);
}

TEST(TimeText, Times) {
  EXPECT_EQ(parse_time("01:02"), kHour + 120'000'000);
  EXPECT_EQ(parse_time("23:59:59.999999999"), 24 * kHour - 1);
  for (const char* text : {"24:00:00", "1:00", "12", "12:60", "12:00:60", "12:00:00.", "12:00:00Z",
                           "12:00:00.1234567890"}) {
    EXPECT_EQ(parse_time(text), std::nullopt) << text;
  }
}

TEST(TimeText, Timestamps) {
  for (const auto forms : {kStrict, kSpark}) {
    EXPECT_EQ(parse_timestamp("2024-01-01T00:00:00Z", forms), kNewYear);
    EXPECT_EQ(parse_timestamp("2024-01-01 00:00:00", forms), kNewYear);
    EXPECT_EQ(parse_timestamp("2024-01-01", forms), kNewYear);
    EXPECT_EQ(parse_timestamp("2024-01-01T00:00", forms), kNewYear);
    EXPECT_EQ(parse_timestamp("2024-01-01T00:00:00.5", forms), kNewYear + 500'000);
    EXPECT_EQ(parse_timestamp("2024-01-01 00:00:00.123456789", forms), kNewYear + 123'456);
    EXPECT_EQ(parse_timestamp("2024-01-01T00:00:00+02:00", forms), kNewYear - 2 * kHour);
    EXPECT_EQ(parse_timestamp("2024-01-01T00:00:00-0530", forms), kNewYear + 5 * kHour + kHour / 2);
    EXPECT_EQ(parse_timestamp("2024-01-01T00:00:00+02", forms), kNewYear - 2 * kHour);
    EXPECT_EQ(parse_timestamp("1969-12-31T23:59:59.999999Z", forms), -1);
  }
}

TEST(TimeText, WhatIsNoTimestamp) {
  for (const char* text :
       {"", "2024", "2024-01-01T", "2024-01-01T00", "2024-01-01t00:00:00", "2024-01-01T00:00:00z",
        "2024-01-01  00:00:00", "2024-01-01T00:00:00 Z", "2024-01-01T25:00:00",
        "2024-01-01T00:00:00+19:00", "1704067200", "2024-01-01T00:00:00+", "2024-01-01T00:00:00.Z",
        "01/01/2024", "2024-01-01T00:00:00Europe/Berlin"}) {
    EXPECT_EQ(parse_timestamp(text, kStrict), std::nullopt) << text;
  }
}

TEST(TimeText, SparksTimestamps) {
  EXPECT_EQ(parse_timestamp("2024-1-1 0:0:0", kSpark), kNewYear);
  EXPECT_EQ(parse_timestamp("2024-01-01 00", kSpark), kNewYear);
  EXPECT_EQ(parse_timestamp(" 2024-01-01 00:00:00 UTC ", kSpark), kNewYear);
  EXPECT_EQ(parse_timestamp("2024-01-01 00:00:00 UTC+01:00", kSpark), kNewYear - kHour);
  EXPECT_EQ(parse_timestamp("01/01/2024", kSpark), std::nullopt);
}

}  // namespace
}  // namespace sluice::formats
