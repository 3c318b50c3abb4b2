#include "engine/claims.h"

#include <string>
#include <vector>

#include "engine/engine_rig.h"
#include "state/checkpoint.h"

namespace sluice::engine {
namespace {

using Calls = std::vector<std::string>;

/// Over a target that runs claim.
class ClaimsTest : public EngineTest {
 protected:
  Pipeline claiming(std::int64_t end) {
    Pipeline pipeline = make(end);
    sink_->claims = true;
    target_.calls.clear();
    return pipeline;
  }
};

TEST_F(ClaimsTest, NothingIsStagedBeforeTheClaimNorCommittedWithoutALookAtIt) {
  Pipeline pipeline = claiming(5);
  ASSERT_TRUE(run(pipeline));
  EXPECT_EQ(target_.calls, (Calls{"claim", "stage", "check_claim", "publish"}));
}

TEST_F(ClaimsTest, NothingIsRemovedBeforeTheClaim) {
  Pipeline first = claiming(5);
  ASSERT_TRUE(run(first));
  Pipeline second = claiming(5);
  ASSERT_TRUE(run(second));
  EXPECT_EQ(target_.calls, (Calls{"claim", "discard_staged"}));
  EXPECT_EQ(target_.epoch, 1) << "a checkpoint knows the claim that it made";
}

TEST_F(ClaimsTest, TheOutboxIsRedoneUnderAClaim) {
  Pipeline first = claiming(5);
  sink_->publish_errors.push_back(internal_error("the end"));
  ASSERT_FALSE(run(first));
  Pipeline second = claiming(5);
  ASSERT_TRUE(run(second));
  EXPECT_EQ(target_.calls, (Calls{"claim", "publish", "discard_staged"}));
  EXPECT_EQ(target_.rows.size(), 5U);
}

TEST_F(ClaimsTest, AFencedRunCommitsNothing) {
  Pipeline pipeline = claiming(5);
  sink_->claim_errors.push_back(Error(Kind::kConflict, "E_FENCED: by another run"));
  const auto summary = run(pipeline);
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().kind(), Kind::kConflict);
  EXPECT_EQ(target_.calls, (Calls{"claim", "stage", "check_claim"}));
  const auto checkpoint = state::Checkpoint::open(pipeline.checkpoint, "", *files_, {});
  ASSERT_TRUE(checkpoint) << checkpoint.error().message();
  EXPECT_EQ((*checkpoint)->position()->next_batch, 0);
}

TEST_F(ClaimsTest, ARunThatFindsAnothersBatchesWhenItPublishesSaysThatItIsFenced) {
  Pipeline pipeline = claiming(5);
  sink_->on_publish = [this] {
    sink_->claim_errors.push_back(Error(Kind::kConflict, "E_FENCED: by another run"));
    sink_->publish_errors.push_back(corruption_error("E_SINK_AHEAD_OF_CHECKPOINT: batch 10"));
  };
  const auto summary = run(pipeline);
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().kind(), Kind::kConflict) << summary.error().message();
  EXPECT_EQ(target_.calls, (Calls{"claim", "stage", "check_claim", "publish", "check_claim"}));
}

}  // namespace
}  // namespace sluice::engine
