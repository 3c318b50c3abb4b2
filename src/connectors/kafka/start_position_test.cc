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
