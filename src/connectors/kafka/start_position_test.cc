#include "connectors/kafka/start_position.h"

#include <gtest/gtest.h>

namespace sluice::connectors::kafka {
namespace {

TEST(StartTimestamp, DateIsMidnightUtc) {
  EXPECT_EQ(parse_timestamp_ms("2024-05-01"), 1714521600000);
}

TEST(StartTimestamp, TimeWithFraction) {
  EXPECT_EQ(parse_timestamp_ms("2024-05-01 12:30:15.25"), 1714566615250);
}

TEST(StartTimestamp, ZoneIsTakenOff) {
  EXPECT_EQ(parse_timestamp_ms("2024-05-01T02:00:00+02:00"), 1714521600000);
  EXPECT_EQ(parse_timestamp_ms("2024-04-30T19:00:00-0500"), 1714521600000);
  EXPECT_EQ(parse_timestamp_ms("2024-05-01T00:00:00Z"), 1714521600000);
}

TEST(StartTimestamp, NumberIsMilliseconds) { EXPECT_EQ(parse_timestamp_ms("1234"), 1234); }

TEST(StartTimestamp, NonsenseIsNone) {
  for (const char* text : {"", "yesterday", "2024-02-30", "2024-05-01 25:00", "2024-05-01 12:00 x",
                           "-5", "2024-5-1"}) {
    EXPECT_FALSE(parse_timestamp_ms(text)) << text;
  }
}

TEST(Start, UnknownWordSaysWhatThereIs) {
  const auto start = parse_start(ConfigValue::scalar("newest", false, {"p.yaml", 3, 9}));
  ASSERT_FALSE(start);
  EXPECT_EQ(start.error().message().find("p.yaml:3:9: 'newest' is no start; write earliest"), 0U);
}

TEST(Start, NegativeOffsetsAreTheEnds) {
  const auto number = [](const char* text) { return ConfigValue::scalar(text, false, {}); };
  const ConfigValue partitions =
      ConfigValue::map({{"0", {}, number("-1")}, {"1", {}, number("-2")}}, {});
  const auto start = parse_start(
      ConfigValue::map({{"offsets", {}, ConfigValue::map({{"t", {}, partitions}}, {})}}, {}));
  ASSERT_TRUE(start);
  EXPECT_EQ(std::get<StartOffsets>(*start).offsets,
            (TopicOffsets{{"t", {{0, kLatestOffset}, {1, kEarliestOffset}}}}));
}

}  // namespace
}  // namespace sluice::connectors::kafka
