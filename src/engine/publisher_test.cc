#include "engine/publisher.h"

#include <gtest/gtest.h>

namespace sluice::engine {
namespace {

using connector::Head;
using connector::Staged;

/// A sink that only remembers its head.
class HeadSink final : public connector::Sink {
 public:
  explicit HeadSink(std::optional<Head> head) : head_(std::move(head)) {}

  Status check(const data::Schema&, connector::OutputMode) const override { return {}; }
  Status open(const data::Schema&, connector::OutputMode) override { return {}; }
  Result<Staged> stage(data::BatchId, connector::BatchTable&) override { return Staged(); }
  Status publish(const Staged& staged) override {
    head_ = Head{staged.batch, staged.plan_hash};
    ++published;
    return {};
  }
  Result<std::optional<Head>> head() override { return head_; }
  Status discard_staged() override { return {}; }

  int published = 0;

 private:
  std::optional<Head> head_;
};

state::OutboxEntry entry(data::BatchId batch, std::optional<data::BatchId> previous) {
  Staged staged;
  staged.batch = batch;
  staged.plan_hash = "ours";
  return {"bronze", staged, previous};
}

std::string failure(std::optional<Head> head, const state::OutboxEntry& entry) {
  HeadSink sink(std::move(head));
  const auto result = publish_entry(sink, connector::Promise::kAtomic, entry);
  return result ? "published" : result.error().message().substr(0, 26);
}

TEST(PublishEntry, FirstBatchGoesToAnEmptySink) {
  HeadSink sink(std::nullopt);
  EXPECT_TRUE(*publish_entry(sink, connector::Promise::kAtomic, entry(0, std::nullopt)));
  EXPECT_EQ(sink.published, 1);
}

TEST(PublishEntry, AgainAfterSuccessDoesNothing) {
  HeadSink sink(Head{5, "ours"});
  EXPECT_FALSE(*publish_entry(sink, connector::Promise::kAtomic, entry(5, 4)));
  EXPECT_EQ(sink.published, 0);
}

TEST(PublishEntry, SinkThatForgotTheHashIsAskedToPublishAgain) {
  HeadSink sink(Head{5, ""});
  EXPECT_FALSE(*publish_entry(sink, connector::Promise::kAtomic, entry(5, 4)));
  EXPECT_EQ(sink.published, 1);
  EXPECT_EQ(failure(Head{6, ""}, entry(5, 4)), "E_SINK_AHEAD_OF_CHECKPOINT");
}

TEST(PublishEntry, BatchesWithoutRowsLeaveGaps) {
  HeadSink sink(Head{2, "earlier"});
  EXPECT_TRUE(*publish_entry(sink, connector::Promise::kAtomic, entry(9, 2)));
}

TEST(PublishEntry, SameBatchOfAnotherRunIsFenced) {
  EXPECT_EQ(failure(Head{5, "theirs"}, entry(5, 4)).substr(0, 8), "E_FENCED");
}
TEST(PublishEntry, SinkThatLostBatchesIsBehind) {
  EXPECT_EQ(failure(Head{3, "ours"}, entry(5, 4)).substr(0, 24), "E_SINK_BEHIND_CHECKPOINT");
}
TEST(PublishEntry, EmptiedSinkIsBehind) {
  EXPECT_EQ(failure(std::nullopt, entry(5, 4)).substr(0, 24), "E_SINK_BEHIND_CHECKPOINT");
}
TEST(PublishEntry, SinkWithLaterBatchesIsAhead) {
  EXPECT_EQ(failure(Head{7, "theirs"}, entry(5, 4)), "E_SINK_AHEAD_OF_CHECKPOINT");
}
TEST(PublishEntry, SinkThatCheckpointNeverFilledIsAhead) {
  EXPECT_EQ(failure(Head{0, "theirs"}, entry(5, std::nullopt)), "E_SINK_AHEAD_OF_CHECKPOINT");
}

TEST(VerifySink, MatchingHeadIsFine) {
  EXPECT_TRUE(verify_sink("bronze", Head{5, "ours"}, state::SinkPosition{5, "ours"}));
}
TEST(VerifySink, ForgottenHashIsNoFence) {
  EXPECT_TRUE(verify_sink("bronze", Head{5, ""}, state::SinkPosition{5, "ours"}));
  EXPECT_FALSE(verify_sink("bronze", Head{5, "theirs"}, state::SinkPosition{5, "ours"}));
  EXPECT_FALSE(verify_sink("bronze", Head{6, ""}, state::SinkPosition{5, "ours"}));
}
TEST(VerifySink, NothingKnownAndNothingThereIsFine) {
  EXPECT_TRUE(verify_sink("bronze", std::nullopt, std::nullopt));
}
TEST(VerifySink, FilledSinkUnderANewCheckpointIsRefused) {
  const auto result = verify_sink("bronze", Head{5, "ours"}, std::nullopt);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind(), Kind::kCorruption);
}

}  // namespace
}  // namespace sluice::engine
