#include "connectors/kafka/consume.h"

#include <thread>

#include "connectors/kafka/broker_rig.h"

namespace sluice::connectors::kafka {
namespace {

class ConsumeTest : public testing::Test {
 protected:
  ConsumeTest() {
    rig_.create("t", 2);
    rig_.send_numbers("t", 0, 5, 0);
    rig_.send_numbers("t", 10, 5, 1);
    request_.connection = rig_.connection();
    request_.topic = "t";
    request_.until_end = true;
  }
  std::vector<std::string> values() {
    std::vector<std::string> found;
    const auto given = consume(request_,
                               [&](const ConsumedRecord& record) {
                                 found.emplace_back(record.value.value_or("NULL"));
                                 return true;
                               },
                               rig_.files(), {});
    EXPECT_TRUE(given) << given.error().message();
    return found;
  }

  BrokerRig rig_;
  ConsumeRequest request_;
};

TEST_F(ConsumeTest, BeginningToEndIsEverything) { EXPECT_EQ(values().size(), 10U); }

TEST_F(ConsumeTest, OnePartition) {
  request_.partitions = {1};
  EXPECT_EQ(values(), std::vector<std::string>({"10", "11", "12", "13", "14"}));
}

TEST_F(ConsumeTest, FromOffset) {
  request_.from = FromOffset{3};
  EXPECT_EQ(values(), std::vector<std::string>({"3", "4", "13", "14"}));
}

TEST_F(ConsumeTest, NegativeOffsetCountsFromTheEnd) {
  request_.from = FromOffset{-1};
  EXPECT_EQ(values(), std::vector<std::string>({"4", "14"}));
}

TEST_F(ConsumeTest, FromEndIsNothing) {
  request_.from = FromEnd{};
  EXPECT_TRUE(values().empty());
}

TEST_F(ConsumeTest, BatchesHoldAllPartitions) {
  std::vector<std::size_t> sizes;
  const auto given = consume_batches(request_,
                                     [&](const data::RecordBatch& batch) -> Result<bool> {
                                       sizes.push_back(batch.size());
                                       EXPECT_EQ(batch.origin(5).partition, 1);
                                       return true;
                                     },
                                     rig_.files(), {});
  ASSERT_TRUE(given) << given.error().message();
  EXPECT_EQ(sizes, std::vector<std::size_t>{10});
}

TEST_F(ConsumeTest, BatchesAreCutAtTheCount) {
  request_.count = 7;
  std::size_t rows = 0;
  const auto given = consume_batches(request_,
                                     [&](const data::RecordBatch& batch) -> Result<bool> {
                                       rows += batch.size();
                                       return true;
                                     },
                                     rig_.files(), {});
  ASSERT_TRUE(given) << given.error().message();
  EXPECT_EQ(*given, 7U);
  EXPECT_EQ(rows, 7U);
}

TEST_F(ConsumeTest, CountStops) {
  request_.until_end = false;
  request_.count = 3;
  EXPECT_EQ(values().size(), 3U);
}

TEST_F(ConsumeTest, UnknownPartitionIsRefused) {
  request_.partitions = {5};
  const auto given =
      consume(request_, [](const ConsumedRecord&) { return true; }, rig_.files(), {});
  ASSERT_FALSE(given);
  EXPECT_EQ(given.error().kind(), Kind::kUser);
}

TEST_F(ConsumeTest, WaitsForWhatComesLater) {
  request_.from = FromOffset{5};
  request_.partitions = {0};
  request_.until_end = false;
  request_.count = 1;
  const std::jthread sender([&] { rig_.send_numbers("t", 99, 1, 0); });
  EXPECT_EQ(values(), std::vector<std::string>({"99"}));
}

}  // namespace
}  // namespace sluice::connectors::kafka
