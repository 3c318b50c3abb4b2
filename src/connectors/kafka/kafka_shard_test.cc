#include <algorithm>

#include "connectors/kafka/broker_rig.h"

namespace sluice::connectors::kafka {
namespace {

using Values = std::vector<std::string>;

class KafkaShardTest : public testing::Test {
 protected:
  /// One record in each partition: its number.
  void fill(int partitions, int first = 0) {
    for (int p = first; p < partitions; ++p) rig_.send_numbers("t", p, 1, p);
  }
  static std::vector<ConfigValue::Entry> options(bool keyed = false) {
    std::vector<ConfigValue::Entry> given = {BrokerRig::option("topic", "t"),
                                             BrokerRig::option("discover_every", "0s")};
    if (keyed) given.push_back(BrokerRig::option("partitioned_by", "k"));
    return given;
  }
  std::unique_ptr<connector::Source> shard(int number, int count, bool keyed = false) {
    auto source = rig_.in_shard({number, count}, options(keyed));
    EXPECT_TRUE(source) << source.error().message();
    return *std::move(source);
  }

  BrokerRig rig_;
};

TEST_F(KafkaShardTest, EachPartitionIsReadByOneShard) {
  rig_.create("t", 8);
  fill(8);
  EXPECT_EQ(BrokerRig::read_all(*shard(1, 3)), Values({"0", "3", "6"}));
  EXPECT_EQ(BrokerRig::read_all(*shard(2, 3)), Values({"1", "4", "7"}));
  EXPECT_EQ(BrokerRig::read_all(*shard(3, 3)), Values({"2", "5"}));
}

TEST_F(KafkaShardTest, LagIsOfItsPartitions) {
  rig_.create("t", 4);
  fill(4);
  const auto source = shard(1, 4);
  const auto from = BrokerRig::initial(*source);
  BrokerRig::latest(*source, from);
  EXPECT_EQ(source->lag(from)->records, 1);
}

TEST_F(KafkaShardTest, WithoutPartitionsItWaitsForSome) {
  rig_.create("t", 2);
  fill(2);
  const auto source = shard(3, 3);
  const auto from = BrokerRig::initial(*source);
  EXPECT_EQ(BrokerRig::latest(*source, from).json, from.json);
  const SystemClock clock;
  source->wait_for_data(from, std::chrono::milliseconds(1), {}, clock);
  EXPECT_EQ(source->lag(from)->records, 0);
}

TEST_F(KafkaShardTest, KeyedTopicsHaveAMultipleOfPartitions) {
  rig_.create("t", 4);
  EXPECT_TRUE(rig_.in_shard({1, 2}, options(/*keyed=*/true)));
  EXPECT_TRUE(rig_.in_shard({1, 3}, options()));
  const auto refused = rig_.in_shard({1, 3}, options(/*keyed=*/true));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), Kind::kUser);
  EXPECT_NE(refused.error().message().find("E_SHARD_PARTITIONS"), std::string::npos);
}

}  // namespace
}  // namespace sluice::connectors::kafka
