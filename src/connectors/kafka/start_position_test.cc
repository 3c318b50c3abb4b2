#include "connectors/kafka/start_position.h"

#include <gtest/gtest.h>

namespace sluice::connectors::kafka {
namespace {

TEST(Start, UnknownWordSaysWhatThereIs) {
  const auto start = parse_start(ConfigValue::scalar("newest", false, {"p.yaml", 3, 9}));
  ASSERT_FALSE(start);
  EXPECT_EQ(start.error().message().find("p.yaml:3:9: 'newest' is not a start; write earliest"),
            0U);
}

TEST(End, IsNeverTheBeginning) {
  const auto end = parse_end(ConfigValue::scalar("earliest", false, {"p.yaml", 3, 9}));
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().message().find("p.yaml:3:9: 'earliest' is not an end; write latest"), 0U);
  const auto number = [](const char* text) { return ConfigValue::scalar(text, false, {}); };
  const auto offsets = [&](const char* text) {
    const ConfigValue partitions = ConfigValue::map({{"0", {}, number(text)}}, {});
    return ConfigValue::map({{"offsets", {}, partitions}}, {});
  };
  EXPECT_FALSE(parse_end(offsets("-2")));
  const auto latest = parse_end(offsets("-1"));
  ASSERT_TRUE(latest);
  EXPECT_EQ(position_text(*latest), R"(offsets {"":{"0":-1}})");
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
