#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "connector/sink.h"
#include "connector/sink_fixture.h"

namespace sluice::connector {

/// Proves the MUSTs of a sink that is Promise::kIdempotentByKey (README.md). `id` is the key.
template <class Rig>
class KeyedSinkConformance : public SinkFixture<Rig> {
 protected:
  /// Rows of the same keys as batch 0's, with other values.
  static std::vector<TextTable::Row> same_keys() {
    std::vector<TextTable::Row> rows;
    for (const auto& row : SinkFixture<Rig>::batch_rows(0)) rows.push_back({row[0], "new"});
    return rows;
  }
  static std::vector<std::string> texts(const std::vector<TextTable::Row>& rows) {
    std::vector<std::string> texts;
    for (const auto& row : rows) texts.push_back(*row[0] + "|" + *row[1]);
    std::ranges::sort(texts);
    return texts;
  }
};

TYPED_TEST_SUITE_P(KeyedSinkConformance);

TYPED_TEST_P(KeyedSinkConformance, KindPromisesIt) {
  EXPECT_EQ(TypeParam::kind().promise, Promise::kIdempotentByKey);
}

TYPED_TEST_P(KeyedSinkConformance, StagedCountsWhatItHas) { this->staged_counts_what_it_has(); }

TYPED_TEST_P(KeyedSinkConformance, NothingIsLoggedWhileAllIsWell) {
  this->nothing_is_logged_while_all_is_well();
}

TYPED_TEST_P(KeyedSinkConformance, StagingShowsNothing) { this->staging_shows_nothing(); }

TYPED_TEST_P(KeyedSinkConformance, PublishingShowsAll) { this->publishing_shows_all(); }

TYPED_TEST_P(KeyedSinkConformance, RowsTakeThePlaceOfTheirKeys) {
  const auto sink = this->opened();
  this->run_batch(*sink, 0);
  this->succeeds(sink->publish(this->staged(*sink, 1, this->same_keys())));
  EXPECT_EQ(this->visible(), this->texts(this->same_keys()));
}

TYPED_TEST_P(KeyedSinkConformance, PublishingTwiceChangesNothing) {
  this->publishing_twice_changes_nothing();
}

TYPED_TEST_P(KeyedSinkConformance, AnotherSinkPublishesWhatThisOneStaged) {
  this->another_sink_publishes_what_this_one_staged();
}

TYPED_TEST_P(KeyedSinkConformance, LeftoversAreRemovedAndForeignThingsStay) {
  this->leftovers_are_removed_and_foreign_things_stay();
}

TYPED_TEST_P(KeyedSinkConformance, AServerThatIsAwayIsAnErrorThatIsNotLogged) {
  this->a_server_that_is_away_is_an_error_that_is_not_logged();
}

TYPED_TEST_P(KeyedSinkConformance, DISABLED_CrashChild) { this->run_all_batches(*this->opened()); }

/// A part of a batch may be seen after a kill, a row of no batch never; in the end each is there
/// once.
TYPED_TEST_P(KeyedSinkConformance, EveryCrashPointIsSurvived) {
  if (!TypeParam::kOutlivesProcess) GTEST_SKIP() << "the target does not outlive its process";
  const std::vector<std::string> all = this->expected(this->kCrashBatches);
  this->kill_at_every_point(
      [&](const std::string& point) {
        EXPECT_TRUE(std::ranges::includes(all, this->visible())) << point;
      },
      [&](const std::string& point) { EXPECT_EQ(this->visible(), all) << point; });
}

REGISTER_TYPED_TEST_SUITE_P(KeyedSinkConformance, KindPromisesIt, StagedCountsWhatItHas,
                            NothingIsLoggedWhileAllIsWell, StagingShowsNothing, PublishingShowsAll,
                            RowsTakeThePlaceOfTheirKeys, PublishingTwiceChangesNothing,
                            AnotherSinkPublishesWhatThisOneStaged,
                            LeftoversAreRemovedAndForeignThingsStay,
                            AServerThatIsAwayIsAnErrorThatIsNotLogged, DISABLED_CrashChild,
                            EveryCrashPointIsSurvived);

}  // namespace sluice::connector
