#include "sluice/base/shard.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(Shard, IsWrittenFromOneOn) {
  const auto shard = parse_shard("2/4");
  ASSERT_TRUE(shard);
  EXPECT_EQ(*shard, (Shard{2, 4}));
  EXPECT_EQ(shard->text(), "2/4");
  EXPECT_EQ(shard->name(), "shard-2-of-4");
}

TEST(Shard, RefusesWhatIsNone) {
  for (const char* text : {"", "/", "1", "0/4", "5/4", "-1/4", "1/0", "01/4", "1/4x", "1/99999",
                           "1/4/2", " 1/4", "a/b"}) {
    const auto shard = parse_shard(text);
    ASSERT_FALSE(shard) << text;
    EXPECT_EQ(shard.error().kind(), Kind::kUser);
  }
}

TEST(Shard, EachPartitionIsOfOneShard) {
  for (std::int32_t partition = 0; partition < 20; ++partition) {
    int owners = 0;
    for (int number = 1; number <= 3; ++number) owners += Shard{number, 3}.has_partition(partition);
    EXPECT_EQ(owners, 1);
  }
}

TEST(Shard, IsFoundInANameAgain) {
  const auto split = split_name_in_shard(name_in_shard("orders-shard-7", {3, 12}));
  ASSERT_TRUE(split);
  EXPECT_EQ(split->first, "orders-shard-7");
  EXPECT_EQ(split->second, (Shard{3, 12}));
  EXPECT_FALSE(split_name_in_shard("orders"));
  EXPECT_FALSE(split_name_in_shard("orders-shard-5-of-4"));
  EXPECT_FALSE(shard_of_name("shard-1-of-"));
}

}  // namespace
}  // namespace sluice
