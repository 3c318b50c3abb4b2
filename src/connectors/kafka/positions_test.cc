#include "connectors/kafka/positions.h"

#include <gtest/gtest.h>

namespace sluice::connectors::kafka {
namespace {

TEST(Positions, AreSparksJson) {
  Positions positions;
  positions.offsets = {{"invoices", {{0, 1200}, {1, 980}}}};
  EXPECT_EQ(positions.to_offset().json, R"({"invoices":{"0":1200,"1":980}})");
}

TEST(Positions, ComeBackFromTheirText) {
  Positions positions;
  positions.offsets = {{"a", {{0, 1}, {10, 2}}}, {"b", {{0, 3}}}};
  positions.starts = {{"b", {{0, 2}}}};
  positions.ids = {{"a", "x"}};
  const auto back = Positions::parse(positions.to_offset());
  ASSERT_TRUE(back);
  EXPECT_EQ(back->offsets, positions.offsets);
  EXPECT_EQ(back->starts, positions.starts);
  EXPECT_EQ(back->ids, positions.ids);
}

TEST(Positions, KeepWhereTheRangeEnds) {
  Positions positions;
  positions.offsets = {{"a", {{0, 1}}}};
  positions.end = Positions::End{"latest", {{"a", {{0, 7}}}}};
  EXPECT_EQ(positions.to_offset().json,
            R"({"a":{"0":1},"@end":{"option":"latest","offsets":{"a":{"0":7}}}})");
  const auto back = Positions::parse(positions.to_offset());
  ASSERT_TRUE(back && back->end);
  EXPECT_EQ(back->end->option, "latest");
  EXPECT_EQ(back->end->offsets, positions.end->offsets);
}

TEST(Positions, OfAnotherSourceAreCorruption) {
  for (const char* text : {"", "7", R"({"files":3})", R"({"t":{"x":1}})", R"({"t":{"0":"1"}})",
                           R"({"t":{"0":1},"@end":{"option":"latest"}})"}) {
    const auto positions = Positions::parse({text});
    ASSERT_FALSE(positions) << text;
    EXPECT_EQ(positions.error().kind(), Kind::kCorruption);
  }
}

TEST(CutToLimit, LeavesWhatFits) {
  const TopicOffsets ends = {{"t", {{0, 5}, {1, 5}}}};
  EXPECT_EQ(cut_to_limit({{"t", {{0, 0}, {1, 0}}}}, ends, 10), ends);
}

TEST(CutToLimit, SumsExactlyToTheLimit) {
  const TopicOffsets from = {{"t", {{0, 10}, {1, 20}, {2, 30}}}};
  const TopicOffsets ends = {{"t", {{0, 1010}, {1, 27}, {2, 363}}}};
  for (const std::int64_t limit : {3, 4, 5, 10, 99, 100, 1000, 1339}) {
    EXPECT_EQ(count_between(from, cut_to_limit(from, ends, limit)), limit);
  }
}

TEST(CutToLimit, SmallPartitionGetsOne) {
  const TopicOffsets cut =
      cut_to_limit({{"t", {{0, 0}, {1, 0}}}}, {{"t", {{0, 1'000'000}, {1, 1}}}}, 10);
  EXPECT_EQ(cut, (TopicOffsets{{"t", {{0, 9}, {1, 1}}}}));
}

TEST(CutToLimit, EveryPartitionGetsItsTurnUnderALimitOfOne) {
  TopicOffsets at = {{"t", {{0, 0}, {1, 0}, {2, 0}}}};
  const TopicOffsets ends = {{"t", {{0, 5}, {1, 5}, {2, 5}}}};
  for (int i = 0; i < 3; ++i) at = cut_to_limit(at, ends, 1);
  EXPECT_EQ(at, (TopicOffsets{{"t", {{0, 1}, {1, 1}, {2, 1}}}}));
}

}  // namespace
}  // namespace sluice::connectors::kafka
