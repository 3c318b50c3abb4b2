#include "engine/graph.h"

#include <gtest/gtest.h>

namespace sluice::engine {
namespace {

sql::ViewPlan view(std::string name, std::vector<std::string> inputs,
                   sql::ViewKind kind = sql::ViewKind::kStateless) {
  sql::ViewPlan plan;
  plan.name = std::move(name);
  plan.inputs = std::move(inputs);
  plan.kind = kind;
  if (kind == sql::ViewKind::kAggregate) plan.create_state = "CREATE TABLE ...";
  return plan;
}

Pipeline pipeline_with_sinks(const std::vector<std::string>& targets) {
  Pipeline pipeline;
  SourcePart source;
  source.name = "invoices";
  pipeline.sources.push_back(std::move(source));
  for (const std::string& from : targets) {
    SinkPart sink;
    sink.name = "sink_" + std::to_string(pipeline.sinks.size());
    sink.from = from;
    pipeline.sinks.push_back(std::move(sink));
  }
  return pipeline;
}

sql::Plan invoice_plan() {
  sql::Plan plan;
  plan.views.push_back(view("parsed", {"invoices"}));
  plan.views.push_back(view("totals", {"parsed"}, sql::ViewKind::kAggregate));
  plan.views.push_back(view("unused", {"invoices"}));
  return plan;
}

TEST(Graph, SingleReaderIsNotMaterialised) {
  const Pipeline pipeline = pipeline_with_sinks({"totals"});
  const sql::Plan plan = invoice_plan();
  const Graph graph(pipeline, plan);
  EXPECT_FALSE(graph.materialised("invoices"));
  EXPECT_FALSE(graph.materialised("parsed"));
}

TEST(Graph, SharedViewIsMaterialisedOnceAboveItsSource) {
  const Pipeline pipeline = pipeline_with_sinks({"totals", "parsed"});
  const sql::Plan plan = invoice_plan();
  const Graph graph(pipeline, plan);
  EXPECT_TRUE(graph.materialised("parsed"));
  EXPECT_FALSE(graph.materialised("invoices"));
}

TEST(Graph, AggregateWithTwoSinksIsNotMaterialised) {
  const Pipeline pipeline = pipeline_with_sinks({"totals", "totals"});
  const sql::Plan plan = invoice_plan();
  const Graph graph(pipeline, plan);
  EXPECT_FALSE(graph.materialised("totals"));
  EXPECT_FALSE(graph.materialised("parsed"));
}

TEST(Graph, TheWatermarkReadsItsViewToo) {
  const Pipeline pipeline = pipeline_with_sinks({"totals"});
  sql::Plan plan = invoice_plan();
  plan.latest_event_time = {{"parsed", "SELECT ..."}, {"unused", "SELECT ..."}};
  const Graph graph(pipeline, plan);
  EXPECT_TRUE(graph.materialised("parsed"));
  EXPECT_FALSE(graph.materialised("invoices"));
  EXPECT_EQ(graph.live_names(), (std::set<std::string>{"invoices", "parsed", "totals"}));
}

/// Asks one query, in each batch or now and then.
class Asker final : public Watcher {
 public:
  explicit Asker(bool in_each) : in_each_(in_each) {}
  std::string name() const override { return "asker"; }
  std::vector<sql::ViewText> queries() const override { return {{.name = "query 'q'"}}; }
  bool looks_at_each_batch() const override { return in_each_; }
  Status check(std::span<const sql::QueryPlan>) override { return {}; }
  Status open(WatchNotes&, Micros) override { return {}; }
  Result<bool> look(WatchedBatch&) override { return true; }
  Status between(Micros, const BatchProgress*) override { return {}; }

 private:
  const bool in_each_;
};

TEST(Graph, AQueryThatIsAskedInEachBatchReadsAsASinkDoes) {
  for (const bool in_each : {true, false}) {
    for (const bool is_of_batch : {true, false}) {
      Pipeline pipeline = pipeline_with_sinks({"totals"});
      pipeline.watchers.push_back(std::make_unique<Asker>(in_each));
      sql::Plan plan = invoice_plan();
      plan.queries.push_back({.name = "query 'q'",
                              .select = "SELECT ...",
                              .inputs = {"parsed"},
                              .schema = {},
                              .is_of_batch = is_of_batch});
      EXPECT_EQ(Graph(pipeline, plan).materialised("parsed"), in_each && is_of_batch);
    }
  }
}

TEST(Graph, ViewWithoutASinkIsDead) {
  const Pipeline pipeline = pipeline_with_sinks({"totals"});
  const sql::Plan plan = invoice_plan();
  const Graph graph(pipeline, plan);
  EXPECT_FALSE(graph.live("unused"));
  EXPECT_TRUE(graph.live("parsed"));
}

TEST(Graph, SourcesAreFollowedThroughViews) {
  const Pipeline pipeline = pipeline_with_sinks({"totals"});
  const sql::Plan plan = invoice_plan();
  const Graph graph(pipeline, plan);
  EXPECT_EQ(graph.sources_of("totals"), std::set<std::string>{"invoices"});
}

}  // namespace
}  // namespace sluice::engine
