#include "alerts/delivery.h"

#include <chrono>

#include <gtest/gtest.h>

#include "alerts/receiver_doubles.h"

namespace sluice::alerts {
namespace {

using std::chrono::milliseconds;

/// Pauses take no time on it.
class ImpatientClock final : public Clock {
 public:
  Micros now() const override { return 0; }
  std::chrono::nanoseconds steady() const override { return steady_; }
  bool sleep_until(std::chrono::nanoseconds deadline, std::stop_token stop) const override {
    steady_ = deadline;
    return !stop.stop_requested();
  }

 private:
  mutable std::atomic<std::chrono::nanoseconds> steady_ = std::chrono::nanoseconds(0);
};

class DeliveryTest : public testing::Test {
 protected:
  void open() {
    Receivers receivers;
    receivers["ops"] = std::make_unique<MailboxReceiver>(ops_);
    receivers["other"] = std::make_unique<MailboxReceiver>(other_);
    delivery_ = std::make_unique<Delivery>(std::move(receivers), clock_, random_);
  }
  void add(const std::string& receiver, const std::string& key) {
    Notice notice;
    notice.alert = "hot";
    notice.id = key;
    notice.incidents = {Incident{.id = key, .alert = "hot", .key = key}};
    delivery_->add({receiver, notice});
  }
  bool wait() { return delivery_->wait(milliseconds(20'000)); }
  /// "ops a", "ops b (given up)" ...
  std::vector<std::string> done() {
    std::vector<std::string> all;
    for (const Delivery::Done& one : delivery_->take_done()) {
      all.push_back(one.id + (one.is_sent ? "" : " (given up)"));
    }
    return all;
  }

  using Texts = std::vector<std::string>;
  ImpatientClock clock_;
  SystemRandom random_;
  Mailbox ops_;
  Mailbox other_;
  std::unique_ptr<Delivery> delivery_;
};

TEST_F(DeliveryTest, SendsInOrder) {
  open();
  for (const char* key : {"a", "b", "c"}) add("ops", key);
  ASSERT_TRUE(wait());
  EXPECT_EQ(ops_.texts(), (Texts{"firing a", "firing b", "firing c"}));
  EXPECT_EQ(done(), (Texts{"ops a", "ops b", "ops c"}));
  EXPECT_EQ(done(), Texts{});
}

TEST_F(DeliveryTest, WhatMayPassIsTriedAgainUnderItsId) {
  open();
  std::vector<Error> errors;
  errors.push_back(transient_error("busy"));
  errors.push_back(transient_error("busy"));
  ops_.fail(std::move(errors));
  add("ops", "a");
  ASSERT_TRUE(wait());
  EXPECT_EQ(ops_.ids(), (Texts{"a", "a", "a"}));
  EXPECT_EQ(done(), Texts{"ops a"});
}

TEST_F(DeliveryTest, ARefusedOneIsGivenUpAndTheNextIsSent) {
  open();
  std::vector<Error> errors;
  errors.push_back(user_error("no"));
  ops_.fail(std::move(errors));
  add("ops", "a");
  add("ops", "b");
  ASSERT_TRUE(wait());
  EXPECT_EQ(ops_.texts(), (Texts{"firing a", "firing b"}));
  EXPECT_EQ(done(), (Texts{"ops a (given up)", "ops b"}));
}

TEST_F(DeliveryTest, TriesEndAfterAnHour) {
  open();
  std::vector<Error> errors;
  for (int i = 0; i < 1000; ++i) errors.push_back(transient_error("down"));
  ops_.fail(std::move(errors));
  add("ops", "a");
  ASSERT_TRUE(wait());
  EXPECT_EQ(done(), Texts{"ops a (given up)"});
  EXPECT_GT(ops_.ids().size(), 50U);
  EXPECT_LT(ops_.ids().size(), 300U);
}

TEST_F(DeliveryTest, OneThatHangsHoldsUpNobodyElse) {
  open();
  ops_.hang(true);
  add("ops", "a");
  add("other", "b");
  while (done() != Texts{"other b"}) std::this_thread::yield();
  EXPECT_FALSE(delivery_->wait(milliseconds(1)));
  delivery_->stop();
  EXPECT_EQ(done(), Texts{});
}

TEST_F(DeliveryTest, ItsAgeCountsFromWhenItWasMade) {
  open();
  std::vector<Error> errors;
  for (int i = 0; i < 60; ++i) errors.push_back(transient_error("down"));
  ops_.fail(std::move(errors));
  // Both wait for the same hour.
  add("ops", "a");
  add("ops", "b");
  ASSERT_TRUE(wait());
  EXPECT_LT(ops_.ids().size(), 300U);
}

TEST_F(DeliveryTest, AnUnknownReceiverGetsNothing) {
  open();
  add("nobody", "a");
  EXPECT_EQ(done(), Texts{"nobody a (given up)"});
}

}  // namespace
}  // namespace sluice::alerts
