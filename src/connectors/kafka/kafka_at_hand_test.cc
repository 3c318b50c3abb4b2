// What a continuous pipeline does between two looks at the topics: latest() with `at_hand`.
#include <set>
#include <thread>

#include "connectors/kafka/broker_rig.h"
#include "support/standing_clock.h"

namespace sluice::connectors::kafka {
namespace {

using Values = std::vector<std::string>;

constexpr data::ReadLimit kAtHand{.at_hand = true};
constexpr std::int16_t kListOffsets = 2;

/// Time passes when the test says so.
class MovedClock final : public StandingClock {
 public:
  std::chrono::nanoseconds steady() const override { return at; }
  std::chrono::nanoseconds at{0};
};

/// A source of the topic "t" whose questions for its ends the broker can refuse.
class KafkaAtHandTest : public testing::Test {
 protected:
  void SetUp() override {
    rig_.create("t", 2);
    source_ = rig_.opened({BrokerRig::option("topic", "t")}, clock_);
    from_ = BrokerRig::initial(*source_);
    EXPECT_EQ(BrokerRig::latest(*source_, from_), from_);
  }
  /// How far a batch may go once so many records have come, while all questions are refused.
  data::Offset at_hand(std::int64_t records, data::ReadLimit limit = kAtHand) {
    rig_.broker().fail_requests(
        kListOffsets, std::vector<int>(5000, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED));
    const SystemClock clock;
    for (int attempt = 0; attempt < 1000; ++attempt) {
      auto to = source_->latest(from_, limit);
      if (to && lag(from_) == records) return *std::move(to);
      source_->wait_for_data(from_, std::chrono::milliseconds(20), {}, clock);
    }
    ADD_FAILURE() << "nothing is at hand";
    return from_;
  }
  std::int64_t lag(const data::Offset& from) {
    const auto lag = source_->lag(from);
    EXPECT_TRUE(lag) << lag.error().message();
    return lag ? lag->records.value_or(-1) : -1;
  }

  BrokerRig rig_;
  MovedClock clock_;
  std::unique_ptr<connector::Source> source_;
  data::Offset from_;
};

TEST_F(KafkaAtHandTest, RecordsThatHaveComeAreReadWithoutAQuestion) {
  rig_.send_numbers("t", 0, 3);
  const auto to = at_hand(3);
  EXPECT_FALSE(source_->latest(from_, {}));
  EXPECT_EQ(lag(to), 0);
  EXPECT_EQ(BrokerRig::read_values(*source_, from_, to), Values({"0", "1", "2"}));
}

TEST_F(KafkaAtHandTest, AnIdleTopicIsAskedForOnceASecond) {
  rig_.send_numbers("t", 0, 3);
  const auto to = at_hand(3);
  EXPECT_EQ(BrokerRig::read_values(*source_, from_, to).size(), 3U);
  for (int look = 0; look < 20; ++look) {
    EXPECT_EQ(BrokerRig::latest(*source_, to, kAtHand), to);
    clock_.at += std::chrono::milliseconds(49);
  }
  clock_.at += std::chrono::milliseconds(20);
  EXPECT_FALSE(source_->latest(to, kAtHand));
}

TEST_F(KafkaAtHandTest, LimitsCutWhatHasCome) {
  rig_.send_numbers("t", 0, 3);
  const auto to = at_hand(3, {.records = 2, .at_hand = true});
  EXPECT_EQ(BrokerRig::read_values(*source_, from_, to).size(), 2U);
  EXPECT_EQ(lag(to), 1);
}

TEST_F(KafkaAtHandTest, ManyRecordsAreAskedForAndComeInOneBatch) {
  rig_.send_numbers("t", 0, 5000);
  const auto to = BrokerRig::latest(*source_, from_, kAtHand);
  EXPECT_EQ(BrokerRig::read_values(*source_, from_, to).size(), 5000U);
}

TEST_F(KafkaAtHandTest, AllComeOnceWhileTheyAreSent) {
  const std::jthread sender([&] {
    for (int i = 0; i < 50; ++i) rig_.send_numbers("t", i * 10, 10, i % 2);
  });
  const SystemClock clock;
  std::set<std::string> values;
  std::size_t count = 0;
  for (int attempt = 0; attempt < 10'000 && count < 500; ++attempt) {
    const auto to = BrokerRig::latest(*source_, from_, kAtHand);
    for (std::string& value : BrokerRig::read_values(*source_, from_, to)) {
      values.insert(std::move(value));
      ++count;
    }
    if (to == from_) source_->wait_for_data(from_, std::chrono::milliseconds(20), {}, clock);
    from_ = to;
  }
  EXPECT_EQ(count, 500U);
  EXPECT_EQ(values.size(), 500U);
}

}  // namespace
}  // namespace sluice::connectors::kafka
