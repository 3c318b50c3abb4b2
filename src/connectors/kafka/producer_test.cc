#include "connectors/kafka/producer.h"

#include <chrono>
#include <new>
#include <set>

#include "connectors/kafka/broker_rig.h"
#include "connectors/kafka/client.h"

namespace sluice::connectors::kafka {
namespace {

std::vector<OutgoingRecord> records_of(std::size_t count, std::size_t bytes) {
  std::vector<OutgoingRecord> records(count);
  for (auto& record : records) record.value = std::string(bytes, 'x');
  return records;
}

TEST(Producer, EveryRecordIsAcknowledged) {
  BrokerRig rig;
  rig.create("t", 1);
  const auto sent = rig.try_send("t", records_of(1000, 10));
  ASSERT_TRUE(sent) << sent.error().message();
  EXPECT_EQ(sent->delivered, 1000U);
  EXPECT_EQ(sent->bytes, 10'000U);
}

TEST(Producer, FullPartitionIsAnErrorAndNothingIsLost) {
  auto options = BrokerRig::quiet();
  options.partition_bytes = 1024 * 1024;
  BrokerRig rig(options);
  rig.create("t", 1);
  const auto sent = rig.try_send("t", records_of(3000, 1000));
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind(), Kind::kUser);
  const auto admin = TopicAdmin::create(rig.connection(), rig.files());
  const auto detail = (*admin)->describe("t", {});
  EXPECT_EQ(detail->partitions[0].begin, 0);
  EXPECT_GT(detail->partitions[0].end, 0);
  EXPECT_LT(detail->partitions[0].end, 1100);
}

TEST(Producer, WhatADeliveryReportThrowsIsTheNextPollsError) {
  BrokerRig rig;
  rig.create("t", 1);
  ClientSettings settings;
  settings.type = RD_KAFKA_PRODUCER;
  settings.delivered = [](const rd_kafka_message_t&) { throw std::bad_alloc(); };
  const auto client = Client::create(rig.connection(), settings, rig.files());
  ASSERT_TRUE(client) << client.error().message();
  std::string value = "x";
  ASSERT_EQ(rd_kafka_producev((*client)->handle(), RD_KAFKA_V_TOPIC("t"),
                              RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                              RD_KAFKA_V_VALUE(value.data(), value.size()), RD_KAFKA_V_END),
            RD_KAFKA_RESP_ERR_NO_ERROR);
  Status polled;
  for (int i = 0; i < 200 && polled; ++i) polled = (*client)->poll(std::chrono::milliseconds(50));
  ASSERT_FALSE(polled);
  EXPECT_TRUE(polled.error().message().starts_with("E_OUT_OF_MEMORY: called by librdkafka"))
      << polled.error().message();
}

TEST(Producer, UnknownTopicIsAnError) {
  BrokerRig rig;
  const auto sent = rig.try_send("t", records_of(1, 1));
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind(), Kind::kUser);
}

TEST(Producer, MissingTopicIsMadeWhenAsked) {
  BrokerRig rig;
  ProduceRequest request;
  request.connection = rig.connection();
  request.topic = "made";
  request.create_partitions = 3;
  const SystemClock clock;
  const auto nothing = [](OutgoingRecord&) -> Result<bool> { return false; };
  ASSERT_TRUE(produce(request, nothing, {clock, rig.files(), {}}, {}));
  const auto admin = TopicAdmin::create(rig.connection(), rig.files());
  EXPECT_EQ((*admin)->describe("made", {})->partitions.size(), 3U);
}

TEST(Producer, SameKeyGoesToTheSamePartition) {
  BrokerRig rig;
  rig.create("t", 8);
  std::vector<OutgoingRecord> records;
  for (int i = 0; i < 40; ++i) {
    OutgoingRecord record;
    record.key = std::to_string(i % 4);
    record.value = "v";
    records.push_back(record);
  }
  rig.send("t", std::move(records));
  ConsumeRequest request;
  request.connection = rig.connection();
  request.topic = "t";
  request.until_end = true;
  std::map<std::string, std::set<std::int32_t>> partitions;
  const auto given = consume(request,
                             [&](const ConsumedRecord& record) {
                               partitions[std::string(*record.key)].insert(record.partition);
                               return true;
                             },
                             rig.files(), {});
  EXPECT_EQ(*given, 40U);
  for (const auto& [key, found] : partitions) EXPECT_EQ(found.size(), 1U) << key;
}

TEST(Producer, FeedErrorTellsHowManyWereDelivered) {
  BrokerRig rig;
  rig.create("t", 1);
  ProduceRequest request;
  request.connection = rig.connection();
  request.topic = "t";
  int left = 3;
  const auto feed = [&](OutgoingRecord& record) -> Result<bool> {
    if (left-- == 0) return user_error("bad line");
    record.value = "v";
    return true;
  };
  const SystemClock clock;
  const auto sent = produce(request, feed, {clock, rig.files(), {}}, {});
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().message(), "after 3 delivered records: bad line");
}

TEST(Producer, StopEndsTheFeedAndDeliversWhatWasSent) {
  BrokerRig rig;
  rig.create("t", 1);
  ProduceRequest request;
  request.connection = rig.connection();
  request.topic = "t";
  std::stop_source stop;
  int made = 0;
  const auto feed = [&](OutgoingRecord& record) -> Result<bool> {
    if (++made == 10) stop.request_stop();
    record.value = "v";
    return true;
  };
  const SystemClock clock;
  const auto sent = produce(request, feed, {clock, rig.files(), {}}, stop.get_token());
  ASSERT_TRUE(sent) << sent.error().message();
  EXPECT_TRUE(sent->stopped);
  EXPECT_EQ(sent->delivered, sent->sent);
}

TEST(Producer, RateIsKept) {
  BrokerRig rig;
  rig.create("t", 1);
  ProduceRequest request;
  request.connection = rig.connection();
  request.topic = "t";
  request.records_per_second = 100;
  int left = 20;
  const auto feed = [&](OutgoingRecord& record) -> Result<bool> {
    record.value = "v";
    return left-- > 0;
  };
  const SystemClock clock;
  const auto sent = produce(request, feed, {clock, rig.files(), {}}, {});
  ASSERT_TRUE(sent);
  EXPECT_GE(sent->duration_us, 190'000);
}

}  // namespace
}  // namespace sluice::connectors::kafka
