#include "connectors/kafka/kafka_source.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <thread>
#include <utility>

#include "connectors/kafka/broker_rig.h"
#include "connectors/kafka/message_batch.h"
#include "support/column_buffer.h"

namespace sluice::connectors::kafka {
namespace {

using Values = std::vector<std::string>;

class KafkaSourceTest : public testing::Test {
 protected:
  /// One own column of all records, as text.
  static Values column(const connector::Source& source, const data::RecordBatch& batch,
                       MessageColumn column) {
    const auto index = static_cast<std::size_t>(column);
    std::vector<std::uint32_t> rows(batch.size());
    std::iota(rows.begin(), rows.end(), 0U);
    connector::ColumnBuffer buffer(source.schema()[index].type, rows.size());
    batch.write_column(index, rows, buffer.writer());
    Values texts;
    for (std::size_t i = 0; i < rows.size(); ++i) texts.push_back(buffer.text(i));
    return texts;
  }
  static std::unique_ptr<data::RecordBatch> read_batch(connector::Source& source) {
    const auto from = BrokerRig::initial(source);
    auto batch = source.read(from, BrokerRig::latest(source, from), {});
    EXPECT_TRUE(batch) << batch.error().message();
    return *std::move(batch);
  }
  Values read_from(ConfigValue::Entry start) {
    const auto source = rig_.opened({BrokerRig::option("topic", "t"), std::move(start)});
    return BrokerRig::read_all(*source);
  }

  BrokerRig rig_;
};

TEST_F(KafkaSourceTest, EarliestGivesEverything) {
  rig_.create("t", 1);
  rig_.send_numbers("t", 0, 3);
  EXPECT_EQ(read_from(BrokerRig::option("start", "earliest")), Values({"0", "1", "2"}));
}

/// librdkafka answers without an offset and without an error when the connection is closed.
TEST_F(KafkaSourceTest, AClosedConnectionIsNoOffset) {
  constexpr std::int16_t kOffsetsRequest = 2;
  constexpr int kClosed = -195;
  rig_.create("t", 3);
  rig_.send_numbers("t", 0, 3);
  const ConfigValue::Entry starts[] = {
      BrokerRig::option("start", "earliest"), BrokerRig::option("start", "latest"),
      BrokerRig::option("start", BrokerRig::option("timestamp", "2001-01-01"))};
  for (const ConfigValue::Entry& start : starts) {
    const auto source = rig_.opened({BrokerRig::option("topic", "t"), start});
    rig_.broker().fail_requests(kOffsetsRequest, {kClosed});
    const auto none = source->initial();
    ASSERT_FALSE(none) << none->json;
    EXPECT_EQ(none.error().kind(), Kind::kTransient) << none.error().message();
    EXPECT_TRUE(source->initial());
  }
  const auto source = rig_.opened({BrokerRig::option("topic", "t")});
  rig_.broker().fail_requests(kOffsetsRequest, {kClosed});
  const auto frozen = source->freeze();
  ASSERT_FALSE(frozen);
  EXPECT_EQ(frozen.error().kind(), Kind::kTransient) << frozen.error().message();
}

TEST_F(KafkaSourceTest, LatestGivesWhatComesLater) {
  rig_.create("t", 1);
  rig_.send_numbers("t", 0, 3);
  const auto source =
      rig_.opened({BrokerRig::option("topic", "t"), BrokerRig::option("start", "latest")});
  const auto from = BrokerRig::initial(*source);
  rig_.send_numbers("t", 3, 2);
  EXPECT_EQ(BrokerRig::read_values(*source, from, BrokerRig::latest(*source, from)),
            Values({"3", "4"}));
}

TEST_F(KafkaSourceTest, TimestampGivesTheFirstRecordOfThatTimeOrLater) {
  rig_.create("t", 1);
  std::vector<OutgoingRecord> records(3);
  for (int i = 0; i < 3; ++i) {
    records[static_cast<std::size_t>(i)].value = std::to_string(i);
    records[static_cast<std::size_t>(i)].timestamp_ms = 1'000'000 + i * 1000;
  }
  rig_.send("t", std::move(records));
  EXPECT_EQ(read_from(BrokerRig::option("start", BrokerRig::option("timestamp", "1000500"))),
            Values({"1", "2"}));
}

TEST_F(KafkaSourceTest, TimestampBehindTheLastRecordIsTheEnd) {
  rig_.create("t", 1);
  rig_.send_numbers("t", 0, 3);
  EXPECT_EQ(read_from(BrokerRig::option("start", BrokerRig::option("timestamp", "2100-01-01"))),
            Values());
}

TEST_F(KafkaSourceTest, OffsetsOfEachPartition) {
  rig_.create("t", 3);
  for (int partition = 0; partition < 3; ++partition) {
    rig_.send_numbers("t", partition * 10, 3, partition);
  }
  const ConfigValue offsets = ConfigValue::map(
      {BrokerRig::option("0", "1"), BrokerRig::option("1", "-1"), BrokerRig::option("2", "-2")},
      {});
  EXPECT_EQ(read_from(BrokerRig::option("start", ConfigValue::Entry{"offsets", {}, offsets})),
            Values({"1", "2", "20", "21", "22"}));
}

TEST_F(KafkaSourceTest, OffsetThatIsNotThereIsRefused) {
  rig_.create("t", 1);
  rig_.send_numbers("t", 0, 3);
  const ConfigValue offsets = ConfigValue::map({BrokerRig::option("0", "7")}, {});
  const auto source =
      rig_.opened({BrokerRig::option("topic", "t"),
                   BrokerRig::option("start", ConfigValue::Entry{"offsets", {}, offsets})});
  const auto from = source->initial();
  ASSERT_FALSE(from);
  EXPECT_EQ(from.error().kind(), Kind::kUser);
  EXPECT_NE(from.error().message().find("available=0..3"), std::string::npos);
}

TEST_F(KafkaSourceTest, PartitionWithoutAStartIsRefused) {
  rig_.create("t", 2);
  const ConfigValue offsets = ConfigValue::map({BrokerRig::option("0", "-2")}, {});
  const auto source =
      rig_.opened({BrokerRig::option("topic", "t"),
                   BrokerRig::option("start", ConfigValue::Entry{"offsets", {}, offsets})});
  EXPECT_FALSE(source->initial());
}

TEST_F(KafkaSourceTest, TopicThatIsAwayForAWhileKeepsItsPosition) {
  rig_.create("t", 1);
  rig_.create("u", 1);
  rig_.send_numbers("t", 0, 3);
  rig_.send_numbers("u", 10, 2);
  const auto text = [](const char* name) { return ConfigValue::scalar(name, true, {}); };
  const ConfigValue::Entry both{"topic", {}, ConfigValue::list({text("t"), text("u")}, {})};
  auto source = rig_.opened({both});
  auto at = BrokerRig::latest(*source, BrokerRig::initial(*source));
  source = rig_.opened({BrokerRig::option("topic", "t")});
  rig_.send_numbers("t", 3, 1);
  rig_.send_numbers("u", 12, 1);
  auto next = BrokerRig::latest(*source, at);
  EXPECT_EQ(BrokerRig::read_values(*source, at, next), Values({"3"}));
  EXPECT_EQ(BrokerRig::latest(*source, next).json, next.json);
  source = rig_.opened({both});
  at = BrokerRig::latest(*source, next);
  EXPECT_EQ(BrokerRig::read_values(*source, next, at), Values({"12"}));
}

TEST_F(KafkaSourceTest, UnknownTopicNamesTheNearest) {
  rig_.create("invoices", 1);
  const auto source = rig_.try_make({BrokerRig::option("topic", "invioces")});
  const Status opened = (*source)->open({});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind(), Kind::kUser);
  EXPECT_NE(opened.error().message().find("did you mean 'invoices'?"), std::string::npos);
}

TEST_F(KafkaSourceTest, UnknownTopicIsNotCreated) {
  const auto source = rig_.try_make({BrokerRig::option("topic", "nobody")});
  EXPECT_FALSE((*source)->open({}));
  const auto admin = TopicAdmin::create(rig_.connection(), rig_.files());
  EXPECT_TRUE((*admin)->list({})->empty());
}

TEST_F(KafkaSourceTest, PartitionsComeOneAfterTheOther) {
  rig_.create("t", 4);
  for (int partition = 3; partition >= 0; --partition) {
    rig_.send_numbers("t", partition * 2, 2, partition);
  }
  EXPECT_EQ(read_from(BrokerRig::option("start", "earliest")),
            Values({"0", "1", "2", "3", "4", "5", "6", "7"}));
}

TEST_F(KafkaSourceTest, LimitIsSharedByWhatIsThere) {
  rig_.create("t", 2);
  rig_.send_numbers("t", 0, 90, 0);
  rig_.send_numbers("t", 100, 10, 1);
  const auto source = rig_.opened({BrokerRig::option("topic", "t")});
  const auto from = BrokerRig::initial(*source);
  data::ReadLimit limit;
  limit.records = 20;
  const auto to = Positions::parse(BrokerRig::latest(*source, from, limit));
  EXPECT_EQ(to->offsets, (TopicOffsets{{"t", {{0, 18}, {1, 2}}}}));
}

TEST_F(KafkaSourceTest, BytesLimitGoesByTheRecordsThatAreThere) {
  rig_.create("t", 1);
  std::vector<OutgoingRecord> records(100);
  for (auto& record : records) record.value = std::string(1000, 'x');
  rig_.send("t", std::move(records));
  const auto source = rig_.opened({BrokerRig::option("topic", "t")});
  const auto from = BrokerRig::initial(*source);
  data::ReadLimit limit;
  limit.bytes = 10'000;
  EXPECT_EQ(BrokerRig::read_values(*source, from, BrokerRig::latest(*source, from, limit)).size(),
            10U);
}

TEST_F(KafkaSourceTest, BytesLimitGoesByMoreThanTheFirstRecordBatch) {
  rig_.create("t", 1);
  rig_.send_numbers("t", 0, 1);
  for (int i = 0; i < 30; ++i) {
    std::vector<OutgoingRecord> records(1);
    records[0].value = std::string(1000, 'x');
    rig_.send("t", std::move(records));
  }
  const auto source = rig_.opened({BrokerRig::option("topic", "t")});
  const auto from = BrokerRig::initial(*source);
  data::ReadLimit limit;
  limit.bytes = 10'000;
  EXPECT_LT(BrokerRig::read_values(*source, from, BrokerRig::latest(*source, from, limit)).size(),
            15U);
}

TEST_F(KafkaSourceTest, BatchesEndAnywhereInARecordBatch) {
  rig_.create("t", 1);
  rig_.send_numbers("t", 0, 100);
  const auto source = rig_.opened({BrokerRig::option("topic", "t")});
  data::ReadLimit limit;
  limit.records = 7;
  Values seen;
  for (data::Offset from = BrokerRig::initial(*source);;) {
    const auto to = BrokerRig::latest(*source, from, limit);
    if (to == from) break;
    for (std::string& value : BrokerRig::read_values(*source, from, to)) {
      seen.push_back(std::move(value));
    }
    from = to;
  }
  Values wanted;
  for (int i = 0; i < 100; ++i) wanted.push_back(std::to_string(i));
  EXPECT_EQ(seen, wanted);
}

TEST_F(KafkaSourceTest, EveryCompressionIsRead) {
  rig_.create("t", 1);
  for (const char* codec : {"none", "gzip", "snappy", "lz4", "zstd"}) {
    std::vector<OutgoingRecord> records(100);
    for (auto& record : records) record.value = codec + std::string(100, 'x');
    rig_.send("t", std::move(records), {{"compression.type", codec}});
  }
  const auto source = rig_.opened({BrokerRig::option("topic", "t")});
  const Values values = BrokerRig::read_all(*source);
  ASSERT_EQ(values.size(), 500U);
  for (std::size_t i = 0; i < 500; ++i) {
    const char* codec = std::array{"none", "gzip", "snappy", "lz4", "zstd"}[i / 100];
    EXPECT_EQ(values[i], codec + std::string(100, 'x'));
  }
}

TEST_F(KafkaSourceTest, TombstoneHasNoPayload) {
  rig_.create("t", 1);
  OutgoingRecord tombstone;
  tombstone.key = "k";
  rig_.send("t", {tombstone});
  const auto source = rig_.opened({BrokerRig::option("topic", "t")});
  const auto batch = read_batch(*source);
  EXPECT_EQ(batch->payloads()[0].bytes, nullptr);
  EXPECT_EQ(column(*source, *batch, MessageColumn::kValue), Values({"NULL"}));
  EXPECT_EQ(column(*source, *batch, MessageColumn::kKey), Values({"k"}));
}

TEST_F(KafkaSourceTest, EmptyValueIsNoTombstone) {
  rig_.create("t", 1);
  OutgoingRecord empty;
  empty.value = "";
  rig_.send("t", {empty});
  const auto source = rig_.opened({BrokerRig::option("topic", "t")});
  EXPECT_EQ(column(*source, *read_batch(*source), MessageColumn::kValue), Values({""}));
}

TEST_F(KafkaSourceTest, HeadersAreListsOfKeyAndValue) {
  rig_.create("t", 1);
  OutgoingRecord with;
  with.value = "v";
  with.headers = {{"a", "1"}, {"b", std::nullopt}};
  OutgoingRecord without;
  without.value = "v";
  rig_.send("t", {with, without});
  const auto source = rig_.opened({BrokerRig::option("topic", "t")});
  EXPECT_EQ(column(*source, *read_batch(*source), MessageColumn::kHeaders),
            Values({"[{key: a, value: 1}, {key: b, value: NULL}]", "NULL"}));
}

TEST_F(KafkaSourceTest, TimestampIsInMicrosecondsOfTheProducer) {
  rig_.create("t", 1);
  OutgoingRecord record;
  record.value = "v";
  record.timestamp_ms = 1234;
  rig_.send("t", {record});
  const auto source = rig_.opened({BrokerRig::option("topic", "t")});
  const auto batch = read_batch(*source);
  EXPECT_EQ(column(*source, *batch, MessageColumn::kTimestamp), Values({"1234000"}));
  EXPECT_EQ(column(*source, *batch, MessageColumn::kTimestampType), Values({"0"}));
}

// A producer's nanoseconds, and seconds before the year 1.
TEST_F(KafkaSourceTest, TimestampsOutOfRangeAreNull) {
  rig_.create("t", 1);
  std::vector<OutgoingRecord> records(3);
  records[0].timestamp_ms = 1'704'067'200'000'000'000;
  records[1].timestamp_ms = 253'402'300'800'000;
  records[2].timestamp_ms = 253'402'300'799'999;
  rig_.send("t", records);
  const auto source = rig_.opened({BrokerRig::option("topic", "t")});
  const auto batch = read_batch(*source);
  EXPECT_EQ(column(*source, *batch, MessageColumn::kTimestamp),
            Values({"NULL", "NULL", "253402300799999000"}));
  EXPECT_FALSE(batch->origin(0).timestamp);
}

TEST_F(KafkaSourceTest, TopicsOfThePatternAreRead) {
  rig_.create("eu_a", 1);
  rig_.create("us_b", 1);
  rig_.create("x_eu_c", 1);
  rig_.send_numbers("eu_a", 1, 1);
  rig_.send_numbers("us_b", 2, 1);
  rig_.send_numbers("x_eu_c", 3, 1);
  const auto source = rig_.opened({BrokerRig::option("topic_pattern", "(eu|us)_.*")});
  EXPECT_EQ(BrokerRig::read_all(*source), Values({"1", "2"}));
}

TEST_F(KafkaSourceTest, ATopicThatIsPutBackGoesOnWhereItWas) {
  rig_.create("a", 1);
  rig_.create("b", 1);
  rig_.send_numbers("a", 1, 1);
  rig_.send_numbers("b", 2, 1);
  const ConfigValue::Entry both = {
      "topic", {}, ConfigValue::list({BrokerRig::text("a"), BrokerRig::text("b")}, {})};
  auto source = rig_.opened({both});
  auto at = BrokerRig::latest(*source, BrokerRig::initial(*source));
  rig_.send_numbers("a", 3, 1);
  rig_.send_numbers("b", 4, 1);
  source = rig_.opened({BrokerRig::option("topic", "a")});
  auto to = BrokerRig::latest(*source, at);
  EXPECT_EQ(BrokerRig::read_values(*source, at, to), Values({"3"}));
  at = std::exchange(to, {});
  source = rig_.opened({both});
  to = BrokerRig::latest(*source, at);
  EXPECT_EQ(BrokerRig::read_values(*source, at, to), Values({"4"}));
}

TEST_F(KafkaSourceTest, NewTopicOfThePatternIsReadFromItsBeginning) {
  rig_.create("eu_a", 1);
  const auto source = rig_.opened({BrokerRig::option("topic_pattern", "eu_.*"),
                                   BrokerRig::option("start", "latest"),
                                   BrokerRig::option("discover_every", "0s")});
  const auto from = BrokerRig::initial(*source);
  rig_.create("eu_b", 1);
  rig_.send_numbers("eu_b", 5, 3);
  EXPECT_EQ(BrokerRig::read_values(*source, from, BrokerRig::latest(*source, from)),
            Values({"5", "6", "7"}));
}

TEST_F(KafkaSourceTest, PatternsLeaveOutWhatSinksNote) {
  rig_.create("_sluice_commits", 1);
  rig_.create("t", 1);
  rig_.send_numbers("_sluice_commits", 1, 1);
  rig_.send_numbers("t", 2, 1);
  EXPECT_EQ(BrokerRig::read_all(*rig_.opened({BrokerRig::option("topic_pattern", ".*")})),
            Values({"2"}));
  EXPECT_EQ(BrokerRig::read_all(*rig_.opened({BrokerRig::option("topic", "_sluice_commits")})),
            Values({"1"}));
}

TEST_F(KafkaSourceTest, ADeletedTopicOfThePatternThatWasReadIsPassedOver) {
  const std::vector<ConfigValue::Entry> options = {BrokerRig::option("topic_pattern", "eu_.*"),
                                                   BrokerRig::option("discover_every", "0s")};
  rig_.create("eu_a", 1);
  rig_.create("eu_b", 1);
  rig_.send_numbers("eu_a", 1, 1);
  rig_.send_numbers("eu_b", 2, 1);
  auto source = rig_.opened(options);
  const auto from = BrokerRig::initial(*source);
  const auto read = BrokerRig::latest(*source, from);
  EXPECT_EQ(BrokerRig::read_values(*source, from, read), Values({"1", "2"}));
  rig_.remove("eu_b");
  rig_.send_numbers("eu_a", 3, 1);
  const auto next = BrokerRig::latest(*source, read);
  EXPECT_EQ(BrokerRig::read_values(*source, read, next), Values({"3"}));
  // So does a later run; the position keeps the topic.
  source = rig_.opened(options);
  EXPECT_EQ(BrokerRig::latest(*source, next), next);
  rig_.send_numbers("eu_a", 4, 1);
  const auto last = BrokerRig::latest(*source, next);
  EXPECT_EQ(BrokerRig::read_values(*source, next, last), Values({"4"}));
  EXPECT_NE(last.json.find("eu_b"), std::string::npos);
}

TEST_F(KafkaSourceTest, ADeletedTopicOfThePatternWithUnreadRecordsIsNot) {
  const std::vector<ConfigValue::Entry> options = {BrokerRig::option("topic_pattern", "eu_.*"),
                                                   BrokerRig::option("discover_every", "0s")};
  rig_.create("eu_a", 1);
  rig_.create("eu_b", 1);
  rig_.send_numbers("eu_b", 1, 5);
  const auto source = rig_.opened(options);
  data::ReadLimit limit;
  limit.records = 2;
  const auto first = source->latest(BrokerRig::initial(*source), limit);
  ASSERT_TRUE(first);
  EXPECT_NE(first->json.find("@unread"), std::string::npos);
  rig_.remove("eu_b");
  const auto again = rig_.opened(options)->latest(*first, limit);
  ASSERT_FALSE(again);
  EXPECT_NE(again.error().message().find("'eu_b'"), std::string::npos);
}

TEST_F(KafkaSourceTest, RecordsRemovedByRetentionAreCorruption) {
  rig_.create("t", 1);
  for (int i = 0; i < 10; ++i) rig_.send_numbers("t", i, 1);
  const auto source = rig_.opened({BrokerRig::option("topic", "t")});
  const auto from = BrokerRig::initial(*source);
  ASSERT_TRUE(rig_.broker().delete_records("t", 0, 6));
  const auto batch = source->read(from, BrokerRig::latest(*source, from), {});
  ASSERT_FALSE(batch);
  EXPECT_EQ(batch.error().kind(), Kind::kCorruption);
  EXPECT_NE(batch.error().message().find("wanted_offset=0 available_offsets=6..10"),
            std::string::npos)
      << batch.error().message();
}

TEST_F(KafkaSourceTest, RecreatedTopicIsNoticedByItsId) {
  rig_.create("t", 1);
  rig_.send_numbers("t", 0, 3);
  auto source = rig_.opened({BrokerRig::option("topic", "t")});
  const auto from = BrokerRig::latest(*source, BrokerRig::initial(*source));
  rig_.remove("t");
  rig_.create("t", 1);
  rig_.send_numbers("t", 0, 9);
  source = rig_.opened({BrokerRig::option("topic", "t")});
  const auto to = source->latest(from, {});
  ASSERT_FALSE(to);
  EXPECT_EQ(to.error().kind(), Kind::kCorruption);
}

/// Long before it is time to look for topics.
TEST_F(KafkaSourceTest, RecreatedTopicIsNoticedBeforeItsRecordsAreHandedOver) {
  rig_.create("t", 1);
  rig_.send_numbers("t", 0, 3);
  const auto source =
      rig_.opened({BrokerRig::option("topic", "t"), BrokerRig::option("discover_every", "1h")});
  const auto from = BrokerRig::initial(*source);
  const auto at = BrokerRig::latest(*source, from);
  EXPECT_EQ(BrokerRig::read_values(*source, from, at).size(), 3U);
  rig_.remove("t");
  rig_.create("t", 1);
  rig_.send_numbers("t", 100, 9);
  const auto to = source->latest(at, {});
  ASSERT_TRUE(to) << to.error().message();
  const auto batch = source->read(at, *to, {});
  ASSERT_FALSE(batch);
  EXPECT_EQ(batch.error().kind(), Kind::kCorruption);
  EXPECT_NE(batch.error().message().find("created again"), std::string::npos);
}

TEST_F(KafkaSourceTest, PartitionOfThePositionIsNeverForgotten) {
  rig_.create("t", 1);
  const auto source = rig_.opened({BrokerRig::option("topic", "t")});
  const auto to = source->latest({R"({"t":{"0":0,"1":7}})"}, {});
  ASSERT_FALSE(to);
  EXPECT_EQ(to.error().kind(), Kind::kTransient);
}

TEST_F(KafkaSourceTest, EndBeforeThePositionIsCorruption) {
  rig_.create("t", 1);
  rig_.send_numbers("t", 0, 3);
  const auto source = rig_.opened({BrokerRig::option("topic", "t")});
  const auto to = source->latest({R"({"t":{"0":8}})"}, {});
  ASSERT_FALSE(to);
  EXPECT_EQ(to.error().kind(), Kind::kCorruption);
  EXPECT_NE(to.error().message().find("position=8 end=3"), std::string::npos);
}

TEST_F(KafkaSourceTest, ReadGoesOnWhenTheBrokerComesBack) {
  rig_.create("t", 1);
  rig_.send_numbers("t", 0, 5);
  const auto source = rig_.opened({BrokerRig::option("topic", "t")});
  const auto from = BrokerRig::initial(*source);
  const auto to = BrokerRig::latest(*source, from);
  rig_.broker().set_up(false);
  rig_.broker().set_up(true);
  EXPECT_EQ(BrokerRig::read_values(*source, from, to).size(), 5U);
}

TEST_F(KafkaSourceTest, ReadGivesUpWhenTheBrokerStaysAway) {
  rig_.create("t", 1);
  rig_.send_numbers("t", 0, 5);
  const auto source =
      rig_.opened({BrokerRig::option("topic", "t"), BrokerRig::option("stall_timeout", "1s")});
  const auto from = BrokerRig::initial(*source);
  rig_.broker().set_up(false);
  const auto batch = source->read(from, {R"({"t":{"0":5}})"}, {});
  ASSERT_FALSE(batch);
  EXPECT_EQ(batch.error().kind(), Kind::kTransient);
  EXPECT_NE(batch.error().message().find("topic=t partition=0 offset=0"), std::string::npos);
}

TEST_F(KafkaSourceTest, ReadAfterAFailureStartsAnew) {
  rig_.create("t", 1);
  rig_.send_numbers("t", 0, 5);
  const auto source =
      rig_.opened({BrokerRig::option("topic", "t"), BrokerRig::option("stall_timeout", "1s")});
  const auto from = BrokerRig::initial(*source);
  const data::Offset to{R"({"t":{"0":5}})"};
  rig_.broker().set_up(false);
  EXPECT_FALSE(source->read(from, to, {}));
  rig_.broker().set_up(true);
  EXPECT_EQ(BrokerRig::read_values(*source, from, to).size(), 5U);
}

TEST_F(KafkaSourceTest, BrokerThatIsDownIsTransientAndNamed) {
  const auto address = rig_.broker().address();
  rig_.broker().set_up(false);
  const auto source =
      rig_.try_make({BrokerRig::option("topic", "t"), BrokerRig::option("connect_timeout", "1s")});
  const Status opened = (*source)->open({});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind(), Kind::kTransient);
  EXPECT_NE(opened.error().message().find(address), std::string::npos);
}

TEST_F(KafkaSourceTest, WaitingEndsWhenARecordComes) {
  rig_.create("t", 1);
  const auto source = rig_.opened({BrokerRig::option("topic", "t")});
  const auto from = BrokerRig::initial(*source);
  const std::jthread sender([&] { rig_.send_numbers("t", 0, 1); });
  const SystemClock clock;
  while (BrokerRig::latest(*source, from) == from) {
    source->wait_for_data(from, std::chrono::minutes(1), {}, clock);
  }
}

TEST_F(KafkaSourceTest, ReleaseCommitsToTheGroup) {
  rig_.create("t", 1);
  rig_.send_numbers("t", 0, 5);
  const auto source =
      rig_.opened({BrokerRig::option("topic", "t"), BrokerRig::option("group", "g")});
  const auto from = BrokerRig::initial(*source);
  const auto to = BrokerRig::latest(*source, from);
  EXPECT_EQ(BrokerRig::read_values(*source, from, to).size(), 5U);
  source->release(to);
  EXPECT_EQ(BrokerRig::latest(*source, to), to);
}

TEST_F(KafkaSourceTest, PropertyThatSluiceDecidesIsRefusedWithTheReason) {
  const auto source = rig_.try_make(
      {BrokerRig::option("topic", "t"),
       BrokerRig::option("properties", BrokerRig::option("enable.auto.commit", "true"))});
  ASSERT_FALSE(source);
  EXPECT_NE(source.error().message().find("the checkpoint keeps the offsets"), std::string::npos);
}

TEST_F(KafkaSourceTest, UnknownPropertyIsRefused) {
  const auto source =
      rig_.try_make({BrokerRig::option("topic", "t"),
                     BrokerRig::option("properties", BrokerRig::option("fetch.wait.max", "1"))});
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().kind(), Kind::kUser);
}

TEST_F(KafkaSourceTest, SecretPropertyIsNotRepeated) {
  // Not possible because a secret has no such name of a method: librdkafka's message repeats it.
  const auto source = rig_.try_make(
      {BrokerRig::option("topic", "t"),
       BrokerRig::option("properties",
                         BrokerRig::option("sasl.oauthbearer.config.url", "s3cret"))});
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().message().find("s3cret"), std::string::npos);
}

TEST_F(KafkaSourceTest, TopicAndPatternTogetherAreRefused) {
  EXPECT_FALSE(
      rig_.try_make({BrokerRig::option("topic", "t"), BrokerRig::option("topic_pattern", "t.*")}));
}

}  // namespace
}  // namespace sluice::connectors::kafka
