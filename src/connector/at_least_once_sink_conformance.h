#pragma once

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "connector/sink.h"
#include "connector/sink_fixture.h"

namespace sluice::connector {

/// Proves the MUSTs of a sink that is Promise::kAtLeastOnce (README.md).
template <class Rig>
class AtLeastOnceSinkConformance : public SinkFixture<Rig> {
 protected:
  /// What is visible, each row once.
  std::vector<std::string> distinct() {
    const auto rows = this->visible();
    const std::set<std::string> once(rows.begin(), rows.end());
    return {once.begin(), once.end()};
  }
};

TYPED_TEST_SUITE_P(AtLeastOnceSinkConformance);

TYPED_TEST_P(AtLeastOnceSinkConformance, KindPromisesIt) {
  EXPECT_EQ(TypeParam::kind().promise, Promise::kAtLeastOnce);
}

TYPED_TEST_P(AtLeastOnceSinkConformance, StagedCountsWhatItHas) {
  this->staged_counts_what_it_has();
}

TYPED_TEST_P(AtLeastOnceSinkConformance, NothingIsLoggedWhileAllIsWell) {
  this->nothing_is_logged_while_all_is_well();
}

TYPED_TEST_P(AtLeastOnceSinkConformance, StagingShowsNothing) { this->staging_shows_nothing(); }

TYPED_TEST_P(AtLeastOnceSinkConformance, PublishingShowsEachRowOnce) {
  this->publishing_shows_all();
}

TYPED_TEST_P(AtLeastOnceSinkConformance, AnotherSinkPublishesWhatThisOneStaged) {
  this->another_sink_publishes_what_this_one_staged();
}

TYPED_TEST_P(AtLeastOnceSinkConformance, LeftoversAreRemovedAndForeignThingsStay) {
  this->leftovers_are_removed_and_foreign_things_stay();
}

TYPED_TEST_P(AtLeastOnceSinkConformance, AServerThatIsAwayIsAnErrorThatIsNotLogged) {
  this->a_server_that_is_away_is_an_error_that_is_not_logged();
}

TYPED_TEST_P(AtLeastOnceSinkConformance, DISABLED_CrashChild) {
  this->run_all_batches(*this->opened());
}

/// Rows may be there twice after a kill; none is missing, and none is of no batch.
TYPED_TEST_P(AtLeastOnceSinkConformance, EveryCrashPointIsSurvived) {
  if (!TypeParam::kOutlivesProcess) GTEST_SKIP() << "the target does not outlive its process";
  const std::vector<std::string> all = this->expected(this->kCrashBatches);
  this->kill_at_every_point(
      [&](const std::string& point) {
        EXPECT_TRUE(std::ranges::includes(all, this->distinct())) << point;
      },
      [&](const std::string& point) { EXPECT_EQ(this->distinct(), all) << point; });
}

REGISTER_TYPED_TEST_SUITE_P(AtLeastOnceSinkConformance, KindPromisesIt, StagedCountsWhatItHas,
                            NothingIsLoggedWhileAllIsWell, StagingShowsNothing,
                            PublishingShowsEachRowOnce, AnotherSinkPublishesWhatThisOneStaged,
                            LeftoversAreRemovedAndForeignThingsStay,
                            AServerThatIsAwayIsAnErrorThatIsNotLogged, DISABLED_CrashChild,
                            EveryCrashPointIsSurvived);

}  // namespace sluice::connector
