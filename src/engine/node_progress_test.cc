#include "engine/node_progress.h"

#include <algorithm>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "engine/engine_rig.h"

namespace sluice::engine {
namespace {

class NodeProgressTest : public EngineTest {
 protected:
  /// Ten numbers on their way through a filter into a projection, which a total and the sink read.
  BatchProgress run_views() {
    Pipeline pipeline = make(10, "tens");
    pipeline.views = {{.name = "even", .sql = "SELECT n FROM numbers WHERE n % 2 = 0"},
                      {.name = "tens", .sql = "SELECT n * 10 AS n FROM even WHERE n > 0"},
                      {.name = "total", .sql = "SELECT sum(n) AS n FROM tens"}};
    SinkPart part;
    part.name = "sums";
    part.from = "total";
    part.mode = connector::OutputMode::kComplete;
    part.sink = std::make_unique<CollectingSink>(sums_);
    pipeline.sinks.push_back(std::move(part));
    const auto done = run(pipeline);
    EXPECT_TRUE(done) << done.error().message();
    return listener_.batches.empty() ? BatchProgress() : listener_.batches.front();
  }

  static std::optional<NodeProgress> node(const BatchProgress& batch, const std::string& name) {
    const auto found = std::ranges::find(batch.nodes, name, &NodeProgress::name);
    return found == batch.nodes.end() ? std::nullopt : std::optional(*found);
  }

  Target sums_;
};

TEST_F(NodeProgressTest, CountsWhatSeveralReadAndTimesIt) {
  const BatchProgress batch = run_views();
  ASSERT_EQ(batch.nodes.size(), 4U);
  EXPECT_EQ(node(batch, "numbers")->rows, 10);
  EXPECT_EQ(node(batch, "tens")->rows, 4);
  EXPECT_TRUE(node(batch, "tens")->duration_us);
  EXPECT_TRUE(node(batch, "total")->duration_us);
  EXPECT_EQ(node(batch, "total")->rows, std::nullopt) << "a result's rows are its sinks' to count";
}

TEST_F(NodeProgressTest, APartOfAnotherQueryHasNoTimeOfItsOwn) {
  const BatchProgress batch = run_views();
  EXPECT_EQ(node(batch, "even")->rows, std::nullopt);
  EXPECT_EQ(node(batch, "even")->duration_us, std::nullopt);
}

TEST_F(NodeProgressTest, OthersAreCountedWhenSomebodyAsks) {
  listener_.counts_rows = true;
  const BatchProgress batch = run_views();
  EXPECT_EQ(node(batch, "even")->rows, 5);
  EXPECT_EQ(node(batch, "even")->duration_us, std::nullopt);
  EXPECT_EQ(node(batch, "tens")->rows, 4);
}

TEST_F(NodeProgressTest, TheOnlyReaderCountsForAView) {
  Pipeline pipeline = make(10, "even");
  pipeline.views = {{.name = "even", .sql = "SELECT n FROM numbers WHERE n % 2 = 0"}};
  ASSERT_TRUE(run(pipeline));
  EXPECT_EQ(node(listener_.batches.front(), "even")->rows, 5);
}

}  // namespace
}  // namespace sluice::engine
