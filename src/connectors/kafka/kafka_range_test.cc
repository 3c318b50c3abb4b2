// A range of a topic: the option `end`, and how far behind a source is.
#include <algorithm>

#include <gtest/gtest.h>

#include "connectors/kafka/broker_rig.h"

namespace sluice::connectors::kafka {
namespace {

using connector::Ending;
using Values = std::vector<std::string>;

class KafkaRangeTest : public testing::Test {
 protected:
  void SetUp() override {
    rig_.create("t", 2);
    rig_.send_numbers("t", 0, 5, 0);
    rig_.send_numbers("t", 10, 3, 1);
  }

  std::unique_ptr<connector::Source> opened(ConfigValue::Entry end,
                                            std::vector<ConfigValue::Entry> more = {}) {
    more.push_back(BrokerRig::option("topic", "t"));
    more.push_back(std::move(end));
    return rig_.opened(std::move(more));
  }
  /// `end: {offsets: {0: first, 1: second}}`
  static ConfigValue::Entry end_at(const std::string& first, const std::string& second) {
    return {"end",
            {},
            ConfigValue::map(
                {{"offsets",
                  {},
                  ConfigValue::map({BrokerRig::option("0", first), BrokerRig::option("1", second)},
                                   {})}},
                {})};
  }
  static ConfigValue::Entry latest_end() { return BrokerRig::option("end", "latest"); }

  /// All that is read from `from` on, and where that ends.
  static Values read_on(connector::Source& source, data::Offset& from) {
    const auto to = BrokerRig::latest(source, from);
    Values values = BrokerRig::read_values(source, from, to);
    from = to;
    return values;
  }

  static data::Offset resumed(connector::Source& source, const data::Offset& offset) {
    auto at = source.resume({offset, "", "checkpoint"});
    EXPECT_TRUE(at) << at.error().message();
    return at ? at->offset : offset;
  }

  BrokerRig rig_;
};

TEST_F(KafkaRangeTest, HasTheRecordsBeforeItsEnd) {
  const auto source = opened(end_at("2", "1"));
  auto at = BrokerRig::initial(*source);
  EXPECT_EQ(source->ending(at), Ending::kPending);
  EXPECT_EQ(read_on(*source, at), Values({"0", "1", "10"}));
  EXPECT_EQ(source->ending(at), Ending::kEnded);
  EXPECT_EQ(BrokerRig::latest(*source, at), at);
  EXPECT_EQ(source->lag(at)->records, 0);
}

TEST_F(KafkaRangeTest, LatestIsThatOfTheStart) {
  const auto source = opened(latest_end());
  auto at = BrokerRig::initial(*source);
  rig_.send_numbers("t", 90, 2, 0);
  EXPECT_EQ(read_on(*source, at).size(), 8U);
  EXPECT_EQ(source->ending(at), Ending::kEnded);
}

TEST_F(KafkaRangeTest, ALaterRunEndsAtTheSamePlace) {
  const auto first = BrokerRig::initial(*opened(latest_end()));
  rig_.send_numbers("t", 90, 2, 1);
  const auto source = opened(latest_end());
  auto at = resumed(*source, first);
  EXPECT_EQ(at, first);
  EXPECT_EQ(read_on(*source, at).size(), 8U);
  EXPECT_EQ(source->ending(at), Ending::kEnded);
}

TEST_F(KafkaRangeTest, AnotherEndIsFoundOutAgain) {
  auto at = BrokerRig::initial(*opened(end_at("1", "1")));
  const auto source = opened(end_at("4", "1"));
  at = resumed(*source, at);
  EXPECT_EQ(read_on(*source, at), Values({"0", "1", "2", "3", "10"}));
  EXPECT_EQ(source->ending(at), Ending::kEnded);
}

TEST_F(KafkaRangeTest, WithoutTheOptionACheckpointGoesOnForEver) {
  auto at = BrokerRig::initial(*opened(end_at("1", "1")));
  const auto source = rig_.opened({BrokerRig::option("topic", "t")});
  at = resumed(*source, at);
  EXPECT_EQ(read_on(*source, at).size(), 8U);
  EXPECT_EQ(source->ending(at), Ending::kNever);
  EXPECT_EQ(at.json.find("@end"), std::string::npos);
}

TEST_F(KafkaRangeTest, ATimeEndsBeforeItsFirstRecordOrAtWhatIsThere) {
  OutgoingRecord record{.value = "late", .partition = 0, .timestamp_ms = 4'000'000'000'000};
  rig_.send("t", {record});
  const auto time = [&](const char* text) {
    const auto source = opened(BrokerRig::option("end", BrokerRig::option("timestamp", text)));
    auto at = BrokerRig::initial(*source);
    return read_on(*source, at).size();
  };
  EXPECT_EQ(time("2000-01-01"), 0U);
  EXPECT_EQ(time("4000000000000"), 8U);
  EXPECT_EQ(time("4000000000001"), 9U);  // no record is that young
}

TEST_F(KafkaRangeTest, WhatAppearsLaterIsNotRead) {
  const auto source = rig_.opened({BrokerRig::option("topic_pattern", "t.*"),
                                   BrokerRig::option("discover_every", "0s"), latest_end()});
  auto at = BrokerRig::initial(*source);
  rig_.create("tt", 1);
  rig_.send_numbers("tt", 70, 3);
  EXPECT_EQ(read_on(*source, at).size(), 8U);
  EXPECT_EQ(source->ending(at), Ending::kEnded);
}

/// `topic: [...]`
ConfigValue::Entry topics(const std::vector<std::string>& names) {
  std::vector<ConfigValue> items;
  for (const std::string& name : names) items.push_back(BrokerRig::text(name));
  return {"topic", {}, ConfigValue::list(std::move(items), {})};
}

TEST_F(KafkaRangeTest, ATopicThatIsTakenOutIsNotWaitedFor) {
  rig_.create("u", 1);
  rig_.send_numbers("u", 20, 4);
  auto at = BrokerRig::initial(*rig_.opened({topics({"t", "u"}), latest_end()}));
  const auto source = rig_.opened({topics({"t"}), latest_end()});
  at = resumed(*source, at);
  EXPECT_EQ(read_on(*source, at).size(), 8U);
  EXPECT_EQ(source->ending(at), Ending::kEnded);
}

TEST_F(KafkaRangeTest, ATopicThatIsAddedIsReadToItsEnd) {
  auto at = BrokerRig::initial(*opened(latest_end()));
  rig_.create("u", 2);
  rig_.send_numbers("u", 20, 4, 1);
  rig_.send_numbers("t", 90, 2, 0);  // after the end of the first run
  const auto source = rig_.opened({topics({"t", "u"}), latest_end()});
  at = resumed(*source, at);
  rig_.send_numbers("u", 30, 4, 1);
  EXPECT_EQ(read_on(*source, at).size(), 12U);
  EXPECT_EQ(source->ending(at), Ending::kEnded);
  // A later run has both ends.
  const auto later = rig_.opened({topics({"t", "u"}), latest_end()});
  EXPECT_EQ(resumed(*later, at), at);
}

/// Records after the end are here, and nobody will ask for them.
TEST_F(KafkaRangeTest, WhatLiesAfterTheEndIsNoReasonToGoOn) {
  constexpr std::chrono::milliseconds kWait{300};
  const auto source = opened(end_at("2", "1"));
  auto at = BrokerRig::initial(*source);
  EXPECT_EQ(read_on(*source, at).size(), 3U);
  const SystemClock clock;
  const auto start = clock.steady();
  source->wait_for_data(at, kWait, {}, clock);
  EXPECT_GE(clock.steady() - start, kWait - std::chrono::milliseconds(50));  // it rounds
}

TEST_F(KafkaRangeTest, AvailableNowGoesToTheEnd) {
  const auto source = opened(end_at("5", "3"));
  auto at = BrokerRig::initial(*source);
  ASSERT_TRUE(source->freeze());
  EXPECT_EQ(read_on(*source, at).size(), 8U);
  EXPECT_EQ(source->ending(at), Ending::kEnded);
  EXPECT_TRUE(source->can_reread());
}

TEST_F(KafkaRangeTest, AnEndThatCannotBeIsRefused) {
  const auto refused = [&](ConfigValue::Entry end, std::vector<ConfigValue::Entry> more = {}) {
    const auto initial = opened(std::move(end), std::move(more))->initial();
    EXPECT_FALSE(initial);
    return initial ? "" : initial.error().message();
  };
  EXPECT_NE(
      refused(end_at("6", "3")).find("the end 6 is not there yet; topic=t partition=0 end_now=5"),
      std::string::npos);
  EXPECT_NE(refused(end_at("2", "1"), {BrokerRig::option("start", "latest")})
                .find("the end lies before the start; topic=t partition=0 start=5 end=2"),
            std::string::npos);
  EXPECT_NE(
      refused({"end",
               {},
               ConfigValue::map(
                   {{"offsets", {}, ConfigValue::map({BrokerRig::option("0", "1")}, {})}}, {})})
          .find("no end is given for partition 1"),
      std::string::npos);
}

TEST_F(KafkaRangeTest, BehindByTheAgeOfTheOldestUnreadRecord) {
  rig_.create("old", 1);
  const std::int64_t now_ms = SystemClock().now() / 1000;
  OutgoingRecord first{.value = "a", .timestamp_ms = now_ms - 60'000};
  OutgoingRecord second{.value = "b", .timestamp_ms = now_ms - 5'000};
  rig_.send("old", {first, second});
  const auto source = rig_.opened({BrokerRig::option("topic", "old")});
  const auto from = BrokerRig::initial(*source);
  data::ReadLimit one;
  one.records = 1;
  const auto at = BrokerRig::latest(*source, from, one);
  EXPECT_EQ(BrokerRig::read_values(*source, from, at), Values({"a"}));
  auto lag = source->lag(at);
  for (int attempt = 0; attempt < 1000 && lag && !lag->age; ++attempt) {
    source->wait_for_data(at, std::chrono::milliseconds(10), {}, SystemClock());
    lag = source->lag(at);
  }
  ASSERT_TRUE(lag && lag->age);
  EXPECT_EQ(lag->records, 1);
  EXPECT_GE(*lag->age, 5'000'000);
  EXPECT_LT(*lag->age, 60'000'000);
  const auto end = BrokerRig::latest(*source, at);
  EXPECT_EQ(BrokerRig::read_values(*source, at, end), Values({"b"}));
  EXPECT_EQ(source->lag(end)->age, 0);
}

}  // namespace
}  // namespace sluice::connectors::kafka
