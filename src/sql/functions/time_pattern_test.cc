#include "sql/functions/time_pattern.h"

#include <gtest/gtest.h>

namespace sluice::sql {
namespace {

/// What `text` parsed by `pattern` prints as, or why not.
std::string read(std::string_view pattern, std::string_view text) {
  const auto compiled = TimePattern::compile(pattern);
  if (!compiled) return compiled.error().message();
  const auto micros = compiled->parse(text);
  if (!micros) return "no";
  std::string out;
  TimePattern::compile("yyyy-MM-dd HH:mm:ss.SSSSSS")->format(*micros, out);
  return out;
}

std::string written(std::string_view pattern, std::int64_t micros) {
  std::string out;
  TimePattern::compile(pattern)->format(micros, out);
  return out;
}

constexpr std::int64_t kNoon = 1'704'112'496'123'456;  // 2024-01-01 12:34:56.123456

TEST(TimePattern, ReadsDatesAsSparkDoes) {
  EXPECT_EQ(read("dd/MM/yyyy", "04/02/2024"), "2024-02-04 00:00:00.000000");
  EXPECT_EQ(read("d/M/yyyy", "4/2/2024"), "2024-02-04 00:00:00.000000");
  EXPECT_EQ(read("d/M/yyyy", "14/12/2024"), "2024-12-14 00:00:00.000000");
  EXPECT_EQ(read("yyyyMMdd", "20240229"), "2024-02-29 00:00:00.000000");
  EXPECT_EQ(read("dd MMM yy", "04 Feb 24"), "2024-02-04 00:00:00.000000");
  EXPECT_EQ(read("MMMM d, y", "February 4, 2024"), "2024-02-04 00:00:00.000000");
  EXPECT_EQ(read("yyyy-DDD", "2024-366"), "2024-12-31 00:00:00.000000");
}

TEST(TimePattern, RefusesWhatSpark4Refuses) {
  EXPECT_EQ(read("dd/MM/yyyy", "4/2/2024"), "no");
  EXPECT_EQ(read("dd/MM/yyyy", "31/02/2024"), "no");
  EXPECT_EQ(read("dd/MM/yyyy", "bad"), "no");
  EXPECT_EQ(read("dd/MM/yyyy", ""), "no");
  EXPECT_EQ(read("dd/MM/yyyy", "04/02/2024 "), "no");
  EXPECT_EQ(read("dd/MM/yyyy", "04/02/20245"), "no");
  EXPECT_EQ(read("dd/MM/yyyy", "00/01/2024"), "no");
  EXPECT_EQ(read("HH:mm", "24:00"), "no");
}

TEST(TimePattern, ReadsTimes) {
  EXPECT_EQ(read("yyyy-MM-dd'T'HH:mm:ss", "2024-01-02T03:04:05"), "2024-01-02 03:04:05.000000");
  EXPECT_EQ(read("yyyy-MM-dd HH:mm:ss.SSS", "2024-01-02 03:04:05.12"),
            "2024-01-02 03:04:05.120000");
  EXPECT_EQ(read("h:mm a", "12:30 AM"), "1970-01-01 00:30:00.000000");
  EXPECT_EQ(read("h:mm a", "12:30 PM"), "1970-01-01 12:30:00.000000");
  EXPECT_EQ(read("k:mm", "24:30"), "1970-01-01 00:30:00.000000");
}

TEST(TimePattern, ReadsOffsets) {
  EXPECT_EQ(read("yyyy-MM-dd HH:mmXXX", "2024-01-01 00:30+02:00"), "2023-12-31 22:30:00.000000");
  EXPECT_EQ(read("yyyy-MM-dd HH:mmX", "2024-01-01 00:30Z"), "2024-01-01 00:30:00.000000");
  EXPECT_EQ(read("yyyy-MM-dd HH:mmX", "2024-01-01 00:30-01"), "2024-01-01 01:30:00.000000");
  EXPECT_EQ(read("yyyy-MM-dd HH:mmZ", "2024-01-01 00:30-0130"), "2024-01-01 02:00:00.000000");
}

TEST(TimePattern, LettersThatAreNotPossibleAreNamed) {
  EXPECT_NE(read("dd/MM/YYYY", "").find("the letter 'Y'"), std::string::npos);
  EXPECT_NE(read("yyyy[-MM]", "").find("the letter '['"), std::string::npos);
  EXPECT_NE(read("yyyy'T", "").find("closing quote"), std::string::npos);
}

TEST(TimePattern, WritesAsSparkDoes) {
  EXPECT_EQ(written("dd/MM/yyyy HH:mm:ss.SSS", kNoon), "01/01/2024 12:34:56.123");
  EXPECT_EQ(written("EEE, d MMM yy h:m a", kNoon), "Mon, 1 Jan 24 12:34 PM");
  EXPECT_EQ(written("EEEE MMMM D Q", kNoon), "Monday January 1 1");
  EXPECT_EQ(written("yyyy-MM-dd'T'HH:mm:ssXXX", kNoon), "2024-01-01T12:34:56Z");
  EXPECT_EQ(written("H 'o''clock'", kNoon), "12 o'clock");
}

TEST(TimePattern, WritesTimesBefore1970) {
  EXPECT_EQ(written("yyyy-MM-dd HH:mm:ss", -1), "1969-12-31 23:59:59");
}

}  // namespace
}  // namespace sluice::sql
