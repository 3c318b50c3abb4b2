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

TYPED_TEST_P(AtLeastOnceSinkConformance, StagingShowsNothing) {
  const auto sink = this->opened();
  this->staged(*sink, 0);
  EXPECT_TRUE(this->visible().empty());
}

TYPED_TEST_P(AtLeastOnceSinkConformance, PublishingShowsEachRowOnce) {
  const auto sink = this->opened();
  this->run_batch(*sink, 0);
  this->run_batch(*sink, 1);
  EXPECT_EQ(this->visible(), this->expected(2));
  EXPECT_FALSE(this->head(*sink));
}

TYPED_TEST_P(AtLeastOnceSinkConformance, AnotherSinkPublishesWhatThisOneStaged) {
  const Staged staged = this->staged(*this->opened(), 0);
  this->succeeds(this->opened()->publish(staged));
  EXPECT_EQ(this->visible(), this->expected(1));
}

TYPED_TEST_P(AtLeastOnceSinkConformance, LeftoversAreRemovedAndForeignThingsStay) {
  auto sink = this->opened();
  this->run_batch(*sink, 0);
  this->rig_.put_foreign();
  this->staged(*sink, 1);
  sink = this->opened();
  this->succeeds(sink->discard_all_but({}));
  EXPECT_EQ(this->rig_.leftovers(), 0U);
  EXPECT_TRUE(this->rig_.foreign_is_intact());
  EXPECT_EQ(this->visible(), this->expected(1));
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

REGISTER_TYPED_TEST_SUITE_P(AtLeastOnceSinkConformance, KindPromisesIt, StagingShowsNothing,
                            PublishingShowsEachRowOnce, AnotherSinkPublishesWhatThisOneStaged,
                            LeftoversAreRemovedAndForeignThingsStay, DISABLED_CrashChild,
                            EveryCrashPointIsSurvived);

}  // namespace sluice::connector
