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

TYPED_TEST_P(KeyedSinkConformance, StagingShowsNothing) {
  const auto sink = this->opened();
  this->staged(*sink, 0);
  EXPECT_TRUE(this->visible().empty());
}

TYPED_TEST_P(KeyedSinkConformance, PublishingShowsAll) {
  const auto sink = this->opened();
  this->run_batch(*sink, 0);
  this->run_batch(*sink, 1);
  EXPECT_EQ(this->visible(), this->expected(2));
  EXPECT_FALSE(this->head(*sink));
}

TYPED_TEST_P(KeyedSinkConformance, RowsTakeThePlaceOfTheirKeys) {
  const auto sink = this->opened();
  this->run_batch(*sink, 0);
  this->succeeds(sink->publish(this->staged(*sink, 1, this->same_keys())));
  EXPECT_EQ(this->visible(), this->texts(this->same_keys()));
}

TYPED_TEST_P(KeyedSinkConformance, PublishingTwiceChangesNothing) {
  const auto sink = this->opened();
  const Staged staged = this->staged(*sink, 0);
  this->succeeds(sink->publish(staged));
  this->succeeds(sink->publish(staged));
  EXPECT_EQ(this->visible(), this->expected(1));
}

TYPED_TEST_P(KeyedSinkConformance, AnotherSinkPublishesWhatThisOneStaged) {
  const Staged staged = this->staged(*this->opened(), 0);
  this->succeeds(this->opened()->publish(staged));
  EXPECT_EQ(this->visible(), this->expected(1));
}

TYPED_TEST_P(KeyedSinkConformance, LeftoversAreRemovedAndForeignThingsStay) {
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

REGISTER_TYPED_TEST_SUITE_P(KeyedSinkConformance, KindPromisesIt, StagingShowsNothing,
                            PublishingShowsAll, RowsTakeThePlaceOfTheirKeys,
                            PublishingTwiceChangesNothing, AnotherSinkPublishesWhatThisOneStaged,
                            LeftoversAreRemovedAndForeignThingsStay, DISABLED_CrashChild,
                            EveryCrashPointIsSurvived);

}  // namespace sluice::connector
