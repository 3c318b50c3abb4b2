#include "formats/time_writer.h"

#include <chrono>
#include <limits>

#include <gtest/gtest.h>

namespace sluice::formats {
namespace {

std::string date(std::int32_t days) {
  std::string text;
  append_date(text, days);
  return text;
}

std::string timestamp(std::int64_t micros) {
  std::string text;
  append_timestamp(text, micros);
  return text;
}

// The library's calendar, which ends at the year 32767.
TEST(TimeWriter, DatesAreThoseOfTheCalendar) {
  for (std::int32_t days = -800'000; days < 3'000'000; days += 13) {
    const std::chrono::year_month_day civil{std::chrono::sys_days(std::chrono::days(days))};
    char expected[32];
    const int year = static_cast<int>(civil.year());
    std::snprintf(expected, sizeof expected, "%s%04d-%02u-%02u",
                  year < 0      ? "-"
                  : year > 9999 ? "+"
                                : "",
                  std::abs(year), static_cast<unsigned>(civil.month()),
                  static_cast<unsigned>(civil.day()));
    ASSERT_EQ(date(days), expected) << days;
  }
}

TEST(TimeWriter, DatesAtTheEndsOfTheType) {
  EXPECT_EQ(date(0), "1970-01-01");
  EXPECT_EQ(date(-719'529), "-0001-12-31");
  EXPECT_EQ(date(-719'528), "0000-01-01");
  EXPECT_EQ(date(2'932'897), "+10000-01-01");
  // DuckDB's last and first, select '5881580-07-10'::DATE and '5877642-06-25 (BC)'::DATE.
  EXPECT_EQ(date(2'147'483'646), "+5881580-07-10");
  EXPECT_EQ(date(-2'147'483'646), "-5877641-06-25");
  EXPECT_EQ(date(2'147'483'647), "infinity");
  EXPECT_EQ(date(-2'147'483'647), "-infinity");
}

TEST(TimeWriter, FractionsLoseTrailingZeros) {
  EXPECT_EQ(timestamp(0), "1970-01-01 00:00:00");
  EXPECT_EQ(timestamp(-1), "1969-12-31 23:59:59.999999");
  EXPECT_EQ(timestamp(123'400), "1970-01-01 00:00:00.1234");
  EXPECT_EQ(timestamp(std::numeric_limits<std::int64_t>::max()), "infinity");
  EXPECT_EQ(timestamp(-std::numeric_limits<std::int64_t>::max()), "-infinity");
}

TEST(TimeWriter, MillisecondsAreCutOff) {
  std::string text;
  append_timestamp_millis(text, 456'789);
  append_timestamp_millis(text += ' ', -1);
  EXPECT_EQ(text, "1970-01-01T00:00:00.456 1969-12-31T23:59:59.999");
}

TEST(TimeWriter, ADayMayEndAt24) {
  std::string text;
  append_time(text, 86'400'000'000);
  EXPECT_EQ(text, "24:00:00");
}

TEST(TimeWriter, IntervalsNameTheirParts) {
  std::string text;
  append_interval(text, {.months = 14, .days = -3, .micros = -1'500'000});
  EXPECT_EQ(text, "1 years 2 months -3 days -00:00:01.5");
}

}  // namespace
}  // namespace sluice::formats
