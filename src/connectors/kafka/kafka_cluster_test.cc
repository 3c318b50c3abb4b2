// What only a real Kafka broker can show: transactions, retention, ids of topics. Skipped unless
// KAFKA_BROKERS names one; topics are made and deleted by the tests.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <numeric>
#include <set>

#include "base/random.h"
#include "connectors/kafka/broker_rig.h"
#include "connectors/kafka/message_batch.h"
#include "connectors/kafka/owned.h"
#include "support/column_buffer.h"

namespace sluice::connectors::kafka {
namespace {

using Values = std::vector<std::string>;

class KafkaClusterTest : public testing::Test {
 protected:
  void SetUp() override {
    const char* brokers = std::getenv("KAFKA_BROKERS");  // NOLINT(concurrency-mt-unsafe)
    if (brokers == nullptr) GTEST_SKIP() << "KAFKA_BROKERS is not set";
    rig_.use(brokers);
    topic_ = "sluice_test_" + SystemRandom().uuid();
    rig_.create(topic_, 1);
  }
  void TearDown() override {
    if (!topic_.empty()) rig_.remove(topic_);
  }

  /// An own column of all records, as text.
  static Values column(connector::Source& source, MessageColumn column) {
    const auto from = BrokerRig::initial(source);
    const auto batch = source.read(from, BrokerRig::latest(source, from), {});
    EXPECT_TRUE(batch) << batch.error().message();
    std::vector<std::uint32_t> rows((*batch)->size());
    std::iota(rows.begin(), rows.end(), 0U);
    const auto index = static_cast<std::size_t>(column);
    connector::ColumnBuffer buffer(source.schema()[index].type, rows.size());
    (*batch)->write_column(index, rows, buffer.writer());
    Values texts;
    for (std::size_t i = 0; i < rows.size(); ++i) texts.push_back(buffer.text(i));
    return texts;
  }

  std::unique_ptr<connector::Source> opened(std::vector<ConfigValue::Entry> more = {}) {
    more.push_back(BrokerRig::option("topic", topic_));
    return rig_.opened(std::move(more));
  }

  /// One transaction of records "<first>" ..., left open, committed or aborted.
  enum class End : unsigned char { kOpen, kCommit, kAbort };
  class Transaction {
   public:
    Transaction(BrokerRig& rig, const std::string& topic, int first, int count) {
      OwnedConf conf(rd_kafka_conf_new());
      std::array<char, 256> text{};
      const std::string id = SystemRandom().uuid();
      for (const auto& [name, value] : std::map<std::string, std::string>{
               {"bootstrap.servers", rig.connection().brokers}, {"transactional.id", id}}) {
        rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), text.data(), text.size());
      }
      producer_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf.release(), text.data(), text.size());
      check(rd_kafka_init_transactions(producer_, 10'000));
      check(rd_kafka_begin_transaction(producer_));
      for (int i = first; i < first + count; ++i) {
        const std::string value = std::to_string(i);
        rd_kafka_producev(producer_, RD_KAFKA_V_TOPIC(topic.c_str()),
                          RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
                          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
      }
      rd_kafka_flush(producer_, 10'000);
    }
    ~Transaction() { rd_kafka_destroy(producer_); }
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;

    void commit() { check(rd_kafka_commit_transaction(producer_, 10'000)); }
    void abort() { check(rd_kafka_abort_transaction(producer_, 10'000)); }

   private:
    static void check(rd_kafka_error_t* error) {
      const OwnedError owned(error);
      EXPECT_EQ(error, nullptr) << rd_kafka_error_string(error);
    }
    rd_kafka_t* producer_ = nullptr;
  };

  /// Reads on until `count` values came: a transaction's end shows a little after it was decided.
  static Values read_until(connector::Source& source, data::Offset& from, std::size_t count,
                           const data::ReadLimit& limit = {}) {
    const SystemClock clock;
    Values values;
    for (int attempt = 0; attempt < 1000 && values.size() < count; ++attempt) {
      const auto to = BrokerRig::latest(source, from, limit);
      if (to == from) {
        source.wait_for_data(from, std::chrono::milliseconds(50), {}, clock);
        continue;
      }
      for (std::string& value : BrokerRig::read_values(source, from, to)) {
        values.push_back(std::move(value));
      }
      from = to;
    }
    return values;
  }

  BrokerRig rig_;
  std::string topic_;
};

TEST_F(KafkaClusterTest, AbortedRecordsAreInvisible) {
  Transaction(rig_, topic_, 0, 5).commit();
  Transaction(rig_, topic_, 5, 5).abort();
  Transaction(rig_, topic_, 10, 2).commit();
  const auto source = opened();
  auto from = BrokerRig::initial(*source);
  EXPECT_EQ(read_until(*source, from, 7), Values({"0", "1", "2", "3", "4", "10", "11"}));
}

TEST_F(KafkaClusterTest, AbortedRecordsAtTheEndAreStepsForward) {
  Transaction(rig_, topic_, 0, 3).abort();
  const auto source = opened();
  const auto from = BrokerRig::initial(*source);
  auto to = from;
  for (int attempt = 0; attempt < 1000 && to == from; ++attempt) {
    to = BrokerRig::latest(*source, from);
  }
  EXPECT_NE(to, from);
  EXPECT_EQ(BrokerRig::read_values(*source, from, to), Values());
  EXPECT_EQ(BrokerRig::latest(*source, to), to);
}

TEST_F(KafkaClusterTest, OpenTransactionHoldsBackWhatIsBehindIt) {
  rig_.send_numbers(topic_, 0, 2);
  Transaction open(rig_, topic_, 2, 2);
  rig_.send_numbers(topic_, 4, 2);
  const auto source = opened();
  auto from = BrokerRig::initial(*source);
  EXPECT_EQ(read_until(*source, from, 2), Values({"0", "1"}));
  EXPECT_EQ(BrokerRig::latest(*source, from), from);
  open.commit();
  EXPECT_EQ(read_until(*source, from, 4), Values({"2", "3", "4", "5"}));
}

TEST_F(KafkaClusterTest, OpenTransactionEndsWhatIsAtHand) {
  constexpr data::ReadLimit kWhatIsThere{.at_hand = true};
  const auto source = opened();
  auto from = BrokerRig::initial(*source);
  rig_.send_numbers(topic_, 0, 2);
  EXPECT_EQ(read_until(*source, from, 2, kWhatIsThere), Values({"0", "1"}));
  Transaction open(rig_, topic_, 2, 2);
  rig_.send_numbers(topic_, 4, 2);
  // Until the source knows of them: a fetch without records is answered after half a second.
  const SystemClock clock;
  for (int look = 0; look < 1000 && source->lag(from)->records < 4; ++look) {
    EXPECT_EQ(BrokerRig::latest(*source, from, kWhatIsThere), from);
    source->wait_for_data(from, std::chrono::milliseconds(10), {}, clock);
  }
  EXPECT_EQ(source->lag(from)->records, 4);
  EXPECT_EQ(BrokerRig::latest(*source, from, kWhatIsThere), from);
  open.commit();
  EXPECT_EQ(read_until(*source, from, 4, kWhatIsThere), Values({"2", "3", "4", "5"}));
}

TEST_F(KafkaClusterTest, UncommittedIsReadWhenAskedFor) {
  const Transaction open(rig_, topic_, 0, 2);
  const auto source = opened(
      {BrokerRig::option("properties", BrokerRig::option("isolation.level", "read_uncommitted"))});
  EXPECT_EQ(BrokerRig::read_all(*source), Values({"0", "1"}));
  const auto by_option = opened({BrokerRig::option("isolation", "read_uncommitted")});
  EXPECT_EQ(BrokerRig::read_all(*by_option), Values({"0", "1"}));
}

TEST_F(KafkaClusterTest, LimitInTheMiddleOfAbortedRecordsEnds) {
  for (int i = 0; i < 4; ++i) {
    Transaction(rig_, topic_, i * 10, 3).abort();
    Transaction(rig_, topic_, i * 10 + 5, 1).commit();
  }
  const auto source = opened();
  data::ReadLimit limit;
  limit.records = 2;
  auto from = BrokerRig::initial(*source);
  EXPECT_EQ(read_until(*source, from, 4, limit), Values({"5", "15", "25", "35"}));
}

/// `end: {offsets: {0: offset}}`
ConfigValue::Entry end_at(const std::string& offset) {
  return BrokerRig::option("end",
                           {"offsets", {}, ConfigValue::map({BrokerRig::option("0", offset)}, {})});
}

TEST_F(KafkaClusterTest, ARangeThatEndsAmongAbortedRecordsEnds) {
  Transaction(rig_, topic_, 0, 3).commit();  // 0 to 2, and a marker
  Transaction(rig_, topic_, 3, 3).abort();   // 4 to 6, and a marker
  for (const char* end : {"3", "4", "6", "7", "8"}) {
    const auto source = opened({end_at(end)});
    auto from = BrokerRig::initial(*source);
    Values values;
    for (int i = 0; i < 1000 && source->ending(from) != connector::Ending::kEnded; ++i) {
      const auto to = BrokerRig::latest(*source, from);
      const Values some = BrokerRig::read_values(*source, from, to);
      values.insert(values.end(), some.begin(), some.end());
      from = to;
    }
    EXPECT_EQ(source->ending(from), connector::Ending::kEnded) << end;
    EXPECT_EQ(values, Values({"0", "1", "2"})) << end;
  }
}

TEST_F(KafkaClusterTest, AnEndThatATransactionHoldsBackIsWaitedFor) {
  Transaction open(rig_, topic_, 0, 2);
  const auto source = opened({end_at("2")});
  auto from = BrokerRig::initial(*source);
  EXPECT_EQ(BrokerRig::latest(*source, from), from);
  EXPECT_EQ(source->ending(from), connector::Ending::kPending);
  open.commit();
  EXPECT_EQ(read_until(*source, from, 2), Values({"0", "1"}));
  EXPECT_EQ(source->ending(from), connector::Ending::kEnded);
}

/// `start` or `end` of a time whose first record an open transaction holds back.
TEST_F(KafkaClusterTest, ATimeIsFoundBehindAnOpenTransaction) {
  constexpr std::int64_t kMinuteMs = 60'000;
  const std::int64_t now_ms = SystemClock().now() / 1000;
  rig_.send_numbers(topic_, 0, 2);
  Transaction open(rig_, topic_, 2, 2);
  rig_.send(topic_, {{.value = "4", .timestamp_ms = now_ms + 30 * kMinuteMs}});
  const auto time = [&](const char* name) {
    return BrokerRig::option(
        name, BrokerRig::option("timestamp", std::to_string(now_ms + 20 * kMinuteMs)));
  };
  const auto to_time = opened({time("end")});
  auto end = BrokerRig::initial(*to_time);
  const auto from_time = opened({time("start")});
  auto start = BrokerRig::initial(*from_time);
  // What is held back is neither an error nor the end.
  EXPECT_EQ(BrokerRig::latest(*from_time, start), start);
  open.commit();
  EXPECT_EQ(read_until(*from_time, start, 1), Values({"4"}));
  EXPECT_EQ(read_until(*to_time, end, 4), Values({"0", "1", "2", "3"}));
  EXPECT_EQ(to_time->ending(end), connector::Ending::kEnded);
}

/// Lag counts what the source would give.
TEST_F(KafkaClusterTest, WhatATransactionHoldsBackIsNoLag) {
  rig_.send_numbers(topic_, 0, 2);
  const Transaction open(rig_, topic_, 2, 2);
  const auto source = opened();
  auto from = BrokerRig::initial(*source);
  EXPECT_EQ(read_until(*source, from, 2), Values({"0", "1"}));
  EXPECT_EQ(BrokerRig::latest(*source, from), from);
  EXPECT_EQ(source->lag(from)->records, 0);
}

TEST_F(KafkaClusterTest, AWaitForAnOpenTransactionIsNoBrokerThatIsDown) {
  const Transaction open(rig_, topic_, 0, 2);
  const auto fetcher = Fetcher::start({.connection = rig_.connection(),
                                       .group = "",
                                       .prefetch_bytes = 1 << 20,
                                       .stall_timeout = std::chrono::milliseconds(1000)},
                                      {{topic_, {{0, 0}}}}, rig_.files());
  ASSERT_TRUE(fetcher) << fetcher.error().message();
  const auto failure =
      (*fetcher)->drain({{topic_, {{0, 2}}}}, {},
                        [](const PartitionKey& /*from*/, rd_kafka_message_memory_t* /*memory*/,
                           std::span<const Record> /*records*/) {});
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->error.kind(), Kind::kTransient);
  EXPECT_NE(failure->error.message().find("the broker answers, but gives no record before 2"),
            std::string::npos)
      << failure->error.message();
}

TEST_F(KafkaClusterTest, RecreatedTopicWithMoreRecordsIsNoticed) {
  rig_.send_numbers(topic_, 0, 3);
  const auto source = opened({BrokerRig::option("discover_every", "0s")});
  const auto from = BrokerRig::latest(*source, BrokerRig::initial(*source));
  rig_.remove(topic_);
  rig_.create_when_gone(topic_, 1);
  rig_.send_numbers(topic_, 0, 9);
  for (int attempt = 0; attempt < 100; ++attempt) {
    const auto to = source->latest(from, {});
    if (to) {
      ASSERT_EQ(*to, from) << "records of another topic";
      continue;
    }
    if (to.error().kind() == Kind::kTransient) continue;
    EXPECT_EQ(to.error().kind(), Kind::kCorruption);
    EXPECT_NE(to.error().message().find("created again"), std::string::npos);
    return;
  }
  FAIL() << "nobody noticed";
}

TEST_F(KafkaClusterTest, RecordsRemovedByRetentionAreCorruption) {
  rig_.send_numbers(topic_, 0, 10);
  const auto source = opened();
  const auto from = BrokerRig::initial(*source);
  rig_.delete_records(topic_, 0, 6);
  const auto batch = source->read(from, BrokerRig::latest(*source, from), {});
  ASSERT_FALSE(batch);
  EXPECT_EQ(batch.error().kind(), Kind::kCorruption);
  EXPECT_NE(batch.error().message().find("wanted_offset=0 available_offsets=6..10"),
            std::string::npos)
      << batch.error().message();
}

TEST_F(KafkaClusterTest, GroupSeesReleasedOffsets) {
  rig_.send_numbers(topic_, 0, 5);
  const std::string group = "g_" + topic_;
  {
    const auto source = opened({BrokerRig::option("group", group)});
    const auto from = BrokerRig::initial(*source);
    const auto to = BrokerRig::latest(*source, from);
    BrokerRig::read_values(*source, from, to);
    source->release(to);
  }
  EXPECT_EQ(rig_.committed(group, topic_, 0), 5);
}

TEST_F(KafkaClusterTest, RefusedLoginIsTheUsersToMend) {
  const ConfigValue properties = ConfigValue::map(
      {BrokerRig::option("security.protocol", "SASL_PLAINTEXT"),
       BrokerRig::option("sasl.mechanism", "PLAIN"), BrokerRig::option("sasl.username", "me"),
       BrokerRig::option("sasl.password", "s3cret")},
      {});
  const auto source =
      rig_.try_make({BrokerRig::option("topic", topic_), BrokerRig::option("connect_timeout", "3s"),
                     ConfigValue::Entry{"properties", {}, properties}});
  ASSERT_TRUE(source) << source.error().message();
  const Status opened = (*source)->open({});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().message().find("s3cret"), std::string::npos);
}

TEST_F(KafkaClusterTest, BrokersTimeIsThatOfTheWholeRecordBatch) {
  const std::string topic = topic_ + "_broker_time";
  rig_.create(topic, 1, {{"message.timestamp.type", "LogAppendTime"}});
  std::vector<OutgoingRecord> records(3);
  for (std::size_t i = 0; i < 3; ++i) {
    records[i].value = "v";
    records[i].timestamp_ms = static_cast<std::int64_t>(1000 * i);
  }
  rig_.send(topic, std::move(records));
  const auto source = rig_.opened({BrokerRig::option("topic", topic)});
  EXPECT_EQ(column(*source, MessageColumn::kTimestampType), Values({"1", "1", "1"}));
  const Values times = column(*source, MessageColumn::kTimestamp);
  // A time of this century, and no producer's delta on top of it.
  EXPECT_GT(times[0], "1000000000000000");
  EXPECT_EQ(times, Values({times[0], times[0], times[0]}));
  rig_.remove(topic);
}

TEST_F(KafkaClusterTest, ManyRecordsInManyBatchesAreAllThereOnce) {
  rig_.remove(topic_);
  rig_.create_when_gone(topic_, 4);
  constexpr int kRecords = 200'000;
  std::vector<OutgoingRecord> records(kRecords);
  for (int i = 0; i < kRecords; ++i) {
    records[static_cast<std::size_t>(i)].value = std::to_string(i);
    records[static_cast<std::size_t>(i)].partition = i % 4;
  }
  rig_.send(topic_, std::move(records));
  const auto source = opened();
  std::vector<int> seen(kRecords, 0);
  data::ReadLimit limit;
  limit.records = 7919;
  for (data::Offset from = BrokerRig::initial(*source);;) {
    const auto to = BrokerRig::latest(*source, from, limit);
    if (to == from) break;
    for (const std::string& value : BrokerRig::read_values(*source, from, to)) {
      ++seen[static_cast<std::size_t>(std::stoi(value))];
    }
    from = to;
  }
  EXPECT_EQ(std::ranges::count(seen, 1), kRecords);
}

}  // namespace
}  // namespace sluice::connectors::kafka
