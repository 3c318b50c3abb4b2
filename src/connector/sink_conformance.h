#pragma once

#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "connector/sink.h"
#include "connector/sink_fixture.h"

namespace sluice::connector {

/// Proves the MUSTs of a sink that is Promise::kAtomic (README.md).
template <class Rig>
class SinkConformance : public SinkFixture<Rig> {};

TYPED_TEST_SUITE_P(SinkConformance);

TYPED_TEST_P(SinkConformance, KindPromisesIt) {
  EXPECT_EQ(TypeParam::kind().promise, Promise::kAtomic);
}

TYPED_TEST_P(SinkConformance, StagingShowsNothing) { this->staging_shows_nothing(); }

TYPED_TEST_P(SinkConformance, PublishingShowsAll) { this->publishing_shows_all(); }

TYPED_TEST_P(SinkConformance, StagedCountsWhatItHas) { this->staged_counts_what_it_has(); }

TYPED_TEST_P(SinkConformance, NothingIsLoggedWhileAllIsWell) {
  this->nothing_is_logged_while_all_is_well();
}

TYPED_TEST_P(SinkConformance, PublishingTwiceChangesNothing) {
  this->publishing_twice_changes_nothing();
}

TYPED_TEST_P(SinkConformance, AnotherSinkPublishesWhatThisOneStaged) {
  this->another_sink_publishes_what_this_one_staged();
}

TYPED_TEST_P(SinkConformance, HeadIsInTheTarget) {
  EXPECT_FALSE(this->head(*this->opened()));
  const auto sink = this->opened();
  this->run_batch(*sink, 0);
  this->run_batch(*sink, 1);
  const auto head = this->head(*this->opened());
  ASSERT_TRUE(head);
  EXPECT_EQ(head->batch, 1);
  EXPECT_EQ(head->plan_hash, "hash 1");
}

TYPED_TEST_P(SinkConformance, BatchWithoutRowsMovesTheHead) {
  const auto sink = this->opened();
  this->run_batch(*sink, 0);
  this->succeeds(sink->publish(this->staged(*sink, 1, {})));
  EXPECT_EQ(this->head(*sink)->batch, 1);
  EXPECT_EQ(this->visible(), this->expected(1));
}

TYPED_TEST_P(SinkConformance, StagingAgainPublishesOnce) {
  const auto sink = this->opened();
  this->staged(*sink, 0);
  const Staged second = this->staged(*sink, 0);
  this->succeeds(sink->publish(second));
  EXPECT_EQ(this->visible(), this->expected(1));
}

TYPED_TEST_P(SinkConformance, LeftoversAreFoundAndRemoved) {
  auto sink = this->opened();
  this->run_batch(*sink, 0);
  this->staged(*sink, 1);
  this->expect_leftovers();
  sink = this->opened();
  this->succeeds(sink->discard_staged());
  EXPECT_EQ(this->rig_.leftovers(), 0U);
  EXPECT_EQ(this->visible(), this->expected(1));
}

TYPED_TEST_P(SinkConformance, ABatchThatIsTakenBackLeavesNothing) {
  const auto sink = this->opened();
  this->run_batch(*sink, 0);
  for (int attempt = 0; attempt < 2; ++attempt) {
    this->staged(*sink, 1);
    this->succeeds(sink->discard_staged());
    EXPECT_EQ(this->rig_.leftovers(), 0U);
  }
  this->run_batch(*sink, 1);
  EXPECT_EQ(this->visible(), this->expected(2));
}

TYPED_TEST_P(SinkConformance, WhatRecoveryHasPublishedIsNotDiscarded) {
  const Staged recorded = this->staged(*this->opened(), 0);
  for (int start = 0; start < 2; ++start) {
    const auto sink = this->opened();
    if (start == 0) this->succeeds(sink->publish(recorded));
    this->succeeds(sink->discard_staged());
    EXPECT_EQ(this->visible(), this->expected(1));
    EXPECT_EQ(this->head(*sink)->plan_hash, "hash 0");
    EXPECT_EQ(this->rig_.leftovers(), 0U);
  }
}

TYPED_TEST_P(SinkConformance, ForeignThingsStay) {
  auto sink = this->opened();
  this->run_batch(*sink, 0);
  this->rig_.put_foreign();
  this->staged(*sink, 1);
  sink = this->opened();
  this->succeeds(sink->discard_staged());
  this->run_batch(*sink, 1);
  EXPECT_TRUE(this->rig_.foreign_is_intact());
}

TYPED_TEST_P(SinkConformance, AnotherRunsBatchIsNotOverwritten) {
  const auto sink = this->opened();
  Staged ours = this->staged(*sink, 0);
  ours.plan_hash = "another hash";
  this->run_batch(*sink, 0);
  EXPECT_FALSE(sink->publish(ours));
  EXPECT_EQ(this->head(*sink)->plan_hash, "hash 0");
  EXPECT_EQ(this->visible(), this->expected(1));
  this->succeeds(sink->discard_staged());
  EXPECT_EQ(this->rig_.leftovers(), 0U);
}

TYPED_TEST_P(SinkConformance, CompleteModeReplaces) {
  const bool can = this->usual_mode() == OutputMode::kAppend;
  if (!can || !this->has_mode(OutputMode::kComplete)) GTEST_SKIP() << "no complete mode";
  const auto sink = this->opened(OutputMode::kComplete);
  for (data::BatchId batch = 0; batch < 3; ++batch) this->run_batch(*sink, batch);
  constexpr bool kAppends = requires { TypeParam::kCompleteAppends; };
  EXPECT_EQ(this->visible(), this->expected(3, kAppends ? 0 : 2));
  EXPECT_EQ(this->head(*sink)->batch, 2);
}

TYPED_TEST_P(SinkConformance, NewerClaimFencesTheOlderRun) {
  const auto one = this->introduced("aaaaaaaa");
  const auto first = this->claim(*one);
  if (!first) GTEST_SKIP() << "the sink claims nothing";
  const Staged staged = this->staged(*one, 0);
  this->succeeds(one->check_claim(nullptr));
  const auto two = this->introduced("bbbbbbbb");
  EXPECT_GT(this->claim(*two)->epoch, first->epoch);
  this->succeeds(two->discard_staged());
  this->expect_fenced(one->check_claim(nullptr), "bbbbbbbb");
  this->expect_fenced(one->publish(staged), "bbbbbbbb");
  EXPECT_TRUE(this->visible().empty());
  this->succeeds(one->discard_staged());
  this->succeeds(two->check_claim(nullptr));
  this->run_batch(*two, 0);
  this->run_batch(*two, 1);
  EXPECT_EQ(this->visible(), this->expected(2));
  this->succeeds(two->discard_staged());
  EXPECT_EQ(this->rig_.leftovers(), 0U);
}

TYPED_TEST_P(SinkConformance, WhatAFencedRunHasCommittedCanStillBePublished) {
  auto one = this->introduced("aaaaaaaa");
  const auto first = this->claim(*one);
  if (!first) GTEST_SKIP() << "the sink claims nothing";
  const Staged staged = this->staged(*one, 0);
  const auto two = this->introduced("bbbbbbbb");
  EXPECT_TRUE(this->claim(*two)->took_over);
  this->succeeds(two->discard_staged());
  one = this->introduced("aaaaaaaa", KnownClaim{first->epoch, "aaaaaaaa"});
  EXPECT_TRUE(this->claim(*one)->is_new);
  this->succeeds(one->publish(staged));
  EXPECT_EQ(this->visible(), this->expected(1));
  this->expect_fenced(two->check_claim(nullptr), "aaaaaaaa");
}

TYPED_TEST_P(SinkConformance, SameCheckpointKeepsItsClaim) {
  const auto first = this->claim(*this->introduced("aaaaaaaa"));
  if (!first) GTEST_SKIP() << "the sink claims nothing";
  const KnownClaim known{first->epoch, "aaaaaaaa"};
  const auto again = this->claim(*this->introduced("aaaaaaaa", known));
  EXPECT_EQ(again->epoch, first->epoch);
  EXPECT_FALSE(again->is_new);
  const auto copied = this->claim(*this->introduced("bbbbbbbb", known));
  EXPECT_GT(copied->epoch, first->epoch);
  EXPECT_FALSE(copied->took_over);
  EXPECT_TRUE(this->claim(*this->introduced("aaaaaaaa", known))->took_over);
}

TYPED_TEST_P(SinkConformance, LeftoversOfTheSameCheckpointAreRemoved) {
  auto sink = this->introduced("aaaaaaaa");
  const auto first = this->claim(*sink);
  if (!first) GTEST_SKIP() << "the sink claims nothing";
  this->run_batch(*sink, 0);
  this->staged(*sink, 1);
  this->expect_leftovers();
  sink = this->introduced("aaaaaaaa", KnownClaim{first->epoch, "aaaaaaaa"});
  this->claim(*sink);
  this->succeeds(sink->discard_staged());
  EXPECT_EQ(this->rig_.leftovers(), 0U);
  EXPECT_EQ(this->visible(), this->expected(1));
}

TYPED_TEST_P(SinkConformance, AServerThatIsAwayIsAnErrorThatIsNotLogged) {
  this->a_server_that_is_away_is_an_error_that_is_not_logged();
}

TYPED_TEST_P(SinkConformance, DISABLED_CrashChild) { this->run_all_batches(*this->opened()); }

TYPED_TEST_P(SinkConformance, EveryCrashPointIsSurvived) {
  if (!TypeParam::kOutlivesProcess) GTEST_SKIP() << "the target does not outlive its process";
  this->kill_at_every_point(
      [this](const std::string& point) {
        bool whole = false;
        for (data::BatchId end = 0; end <= this->kCrashBatches; ++end) {
          whole = whole || this->visible() == this->expected(end);
        }
        EXPECT_TRUE(whole) << point << ": readers see a part of a batch";
      },
      [this](const std::string& point) {
        EXPECT_EQ(this->visible(), this->expected(this->kCrashBatches)) << point;
      });
}

REGISTER_TYPED_TEST_SUITE_P(
    SinkConformance, KindPromisesIt, StagingShowsNothing, PublishingShowsAll, StagedCountsWhatItHas,
    NothingIsLoggedWhileAllIsWell, PublishingTwiceChangesNothing,
    AnotherSinkPublishesWhatThisOneStaged, HeadIsInTheTarget, BatchWithoutRowsMovesTheHead,
    StagingAgainPublishesOnce, LeftoversAreFoundAndRemoved, ABatchThatIsTakenBackLeavesNothing,
    WhatRecoveryHasPublishedIsNotDiscarded, ForeignThingsStay, AnotherRunsBatchIsNotOverwritten,
    CompleteModeReplaces, NewerClaimFencesTheOlderRun,
    WhatAFencedRunHasCommittedCanStillBePublished, SameCheckpointKeepsItsClaim,
    LeftoversOfTheSameCheckpointAreRemoved, AServerThatIsAwayIsAnErrorThatIsNotLogged,
    DISABLED_CrashChild, EveryCrashPointIsSurvived);

}  // namespace sluice::connector
