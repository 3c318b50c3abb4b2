#include "connectors/kafka/record_reader.h"

#include <array>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "connectors/kafka/broker_rig.h"
#include "connectors/kafka/client.h"

namespace sluice::connectors::kafka {
namespace {

constexpr std::int64_t kAll = std::numeric_limits<std::int64_t>::max();

std::string varint(std::int64_t value) {
  std::uint64_t raw = (static_cast<std::uint64_t>(value) << 1) ^ (value < 0 ? ~0ULL : 0ULL);
  std::string bytes;
  for (; raw >= 0x80; raw >>= 7) bytes += static_cast<char>(0x80 | (raw & 0x7f));
  return bytes + static_cast<char>(raw);
}

/// `body` after its attributes, with its length in front.
std::string framed(const std::string& body) {
  return varint(static_cast<std::int64_t>(body.size()) + 1) + '\0' + body;
}

/// A record without key and headers, as Kafka's protocol has it.
std::string record(std::int64_t offset_delta, const std::string& value) {
  return framed(varint(offset_delta * 10) + varint(offset_delta) + varint(-1) +
                varint(static_cast<std::int64_t>(value.size())) + value + varint(0));
}

/// The offsets base..last with records `bytes`; asked for from `first` on.
struct Batch {
  std::string bytes;
  std::int64_t base = 100;
  std::int64_t first = 0;
  std::int64_t last = 1000;
  rd_kafka_timestamp_type_t time = RD_KAFKA_TIMESTAMP_CREATE_TIME;

  RecordReader reader(std::int64_t from = 0) const {
    return RecordReader({.records = bytes.data(),
                         .len = bytes.size(),
                         .record_count = 0,
                         .base_offset = base,
                         .first_offset = first,
                         .last_offset = last,
                         .base_timestamp = 5000,
                         .timestamp_type = time},
                        from);
  }
};

std::vector<std::string> values(RecordReader& reader, std::int64_t end = kAll) {
  std::array<Record, 2> room;
  std::vector<std::string> texts;
  std::span<const Record> records;
  do {
    records = reader.read(end, room);
    for (const Record& one : records) texts.emplace_back(one.value.text());
  } while (records.size() == room.size());
  return texts;
}

Record only(const Batch& batch) {
  std::array<Record, 2> room;
  RecordReader reader = batch.reader();
  EXPECT_EQ(reader.read(kAll, room).size(), 1U);
  return room[0];
}

using Values = std::vector<std::string>;

TEST(RecordReader, ReadsAllRecords) {
  const Batch batch{record(0, "a") + record(1, "b") + record(2, std::string(300, 'c'))};
  RecordReader reader = batch.reader();
  EXPECT_EQ(values(reader), Values({"a", "b", std::string(300, 'c')}));
  EXPECT_TRUE(reader.at_end());
  EXPECT_FALSE(reader.broken());
}

TEST(RecordReader, OffsetsAndTimesAreDeltas) {
  const Record one = only({record(7, "a")});
  EXPECT_EQ(one.offset, 107);
  EXPECT_EQ(one.timestamp_ms, 5070);
  EXPECT_EQ(one.timestamp_type, 0);
}

TEST(RecordReader, BrokersTimeIsThatOfAllRecords) {
  const Record one = only({.bytes = record(7, "a"), .time = RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME});
  EXPECT_EQ(one.timestamp_ms, 5000);
  EXPECT_EQ(one.timestamp_type, 1);
}

TEST(RecordReader, AbsentKeyAndValueAreNull) {
  const Record one = only({framed(varint(0) + varint(0) + varint(-1) + varint(-1) + varint(0))});
  EXPECT_EQ(one.key.bytes, nullptr);
  EXPECT_EQ(one.value.bytes, nullptr);
  EXPECT_EQ(one.headers.bytes, nullptr);
}

TEST(RecordReader, EmptyKeyAndValueAreNotNull) {
  const Record one = only({framed(varint(0) + varint(0) + varint(0) + varint(0) + varint(0))});
  EXPECT_NE(one.key.bytes, nullptr);
  EXPECT_NE(one.value.bytes, nullptr);
  EXPECT_EQ(one.key.size + one.value.size, 0U);
}

TEST(RecordReader, HeadersAreTheEndOfTheRecord) {
  const std::string headers = varint(1) + varint(1) + "h" + varint(1) + "v";
  const Batch batch{framed(varint(0) + varint(0) + varint(1) + "k" + varint(1) + "v" + headers)};
  const Record one = only(batch);
  EXPECT_EQ(one.key.text(), "k");
  EXPECT_EQ(one.headers.text(), headers);
}

TEST(RecordReader, StopsBeforeTheEndAndGoesOn) {
  const Batch batch{record(0, "a") + record(1, "b") + record(2, "c")};
  RecordReader reader = batch.reader();
  EXPECT_EQ(values(reader, 102), Values({"a", "b"}));
  EXPECT_FALSE(reader.at_end());
  EXPECT_EQ(values(reader), Values({"c"}));
}

TEST(RecordReader, OffsetsMayHaveGaps) {
  const Batch batch{record(0, "a") + record(500, "b")};
  RecordReader reader = batch.reader();
  EXPECT_EQ(values(reader, 300), Values({"a"}));
  EXPECT_EQ(values(reader, 601), Values({"b"}));
}

TEST(RecordReader, MiddleOfABatchIsNothingDropped) {
  Batch batch{record(0, "a") + record(1, "b")};
  batch.first = 101;
  RecordReader reader = batch.reader(101);
  EXPECT_EQ(values(reader), Values({"b"}));
  EXPECT_EQ(reader.dropped(), 0);
}

TEST(RecordReader, RecordThatCameBeforeIsDropped) {
  const Batch batch{record(0, "a") + record(1, "b") + record(1, "again")};
  RecordReader reader = batch.reader(101);
  EXPECT_EQ(values(reader), Values({"b"}));
  EXPECT_EQ(reader.dropped(), 2);
}

TEST(RecordReader, EveryTruncationIsBroken) {
  const std::string whole = record(0, "abc");
  for (std::size_t bytes = 1; bytes < whole.size(); ++bytes) {
    const Batch batch{whole.substr(0, bytes)};
    RecordReader reader = batch.reader();
    EXPECT_EQ(values(reader), Values());
    EXPECT_TRUE(reader.broken()) << bytes;
  }
}

TEST(RecordReader, ValueThatGoesBeyondItsRecordIsBroken) {
  const Batch batch{framed(varint(0) + varint(0) + varint(-1) + varint(5) + "abc") +
                    record(1, "next")};
  RecordReader reader = batch.reader();
  EXPECT_EQ(values(reader), Values());
  EXPECT_TRUE(reader.broken());
}

TEST(RecordReader, LengthThatIsNoneIsBroken) {
  for (const std::int64_t length : {std::int64_t{0}, std::int64_t{-1}, kAll}) {
    const Batch batch{varint(length) + record(0, "a")};
    RecordReader reader = batch.reader();
    EXPECT_EQ(values(reader), Values());
    EXPECT_TRUE(reader.broken());
  }
}

TEST(RecordReader, OffsetBehindTheBatchIsBroken) {
  Batch batch{record(0, "a") + record(2, "b")};
  batch.last = 101;
  RecordReader reader = batch.reader();
  EXPECT_EQ(values(reader), Values({"a"}));
  EXPECT_TRUE(reader.broken());
}

/// Messages one by one, as librdkafka gives those of old formats.
class SingleRecords : public testing::Test {
 protected:
  OwnedMessage first_message() {
    ClientSettings settings;
    settings.fixed = {{"group.id", "test"}};
    client_ = *Client::create(rig_.connection(), settings, rig_.files());
    const OwnedPartitionList list(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(list.get(), "t", 0)->offset = 0;
    rd_kafka_assign(client_->handle(), list.get());
    return OwnedMessage(rd_kafka_consumer_poll(client_->handle(), 10'000));
  }

  BrokerRig rig_;
  std::shared_ptr<Client> client_;
};

TEST_F(SingleRecords, AreReadLikeThoseOfABatch) {
  rig_.create("t", 1);
  OutgoingRecord sent;
  sent.key = "k";
  sent.value = "v";
  sent.headers = {{"h", "x"}};
  sent.timestamp_ms = 1234;
  rig_.send("t", {sent});
  const OwnedMessage message = first_message();
  RecordReader reader(*message, 0);
  std::array<Record, 2> room;
  ASSERT_EQ(reader.read(kAll, room).size(), 1U);
  EXPECT_TRUE(reader.at_end());
  EXPECT_EQ(room[0].offset, 0);
  EXPECT_EQ(room[0].timestamp_ms, 1234);
  EXPECT_EQ(room[0].timestamp_type, 0);
  EXPECT_EQ(room[0].key.text(), "k");
  EXPECT_EQ(room[0].value.text(), "v");
  EXPECT_EQ(room[0].headers.text(), varint(1) + varint(1) + "h" + varint(1) + "x");
}

TEST_F(SingleRecords, AreDroppedOrLeftByTheirOffset) {
  rig_.create("t", 1);
  rig_.send_numbers("t", 0, 1);
  const OwnedMessage message = first_message();
  RecordReader wanted(*message, 0);
  std::array<Record, 2> room;
  EXPECT_TRUE(wanted.read(0, room).empty());
  EXPECT_FALSE(wanted.at_end());
  RecordReader late(*message, 1);
  EXPECT_TRUE(late.read(kAll, room).empty());
  EXPECT_EQ(late.dropped(), 1);
}

}  // namespace
}  // namespace sluice::connectors::kafka
