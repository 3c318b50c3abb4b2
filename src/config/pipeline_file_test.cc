#include "config/pipeline_file.h"

#include <string>

#include <gtest/gtest.h>

namespace sluice::config {
namespace {

const KnownKinds kKinds = {{"files", "kafka"}, {"console", "delta", "file"}, {"csv", "json"}};

constexpr const char* kWhole = R"(name: invoices
sources:
  invoices:
    kafka: {brokers: embedded, topic: invoices}
    format:
      json: {schema: {id: BIGINT}}
    metadata: [partition]
views:
  totals: |
    SELECT id
    FROM invoices
sinks:
  screen: {from: Totals, mode: complete, console: {}}
trigger: {every: 5s}
checkpoint: out/checkpoint
)";

Result<PipelineFile> file_of(const std::string& text) {
  return read_pipeline_text(text, "p.yaml", kKinds, Variables{});
}

std::string file_problem(const std::string& text) {
  auto result = file_of(text);
  return result ? "" : result.error().message();
}

/// kWhole with the first `what` replaced.
std::string whole_with(const std::string& what, const std::string& by) {
  std::string text = kWhole;
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), by);
}

TEST(PipelineFile, SourceHasConnectorFormatAndMetadata) {
  auto file = file_of(kWhole);
  ASSERT_TRUE(file) << file.error().message();
  ASSERT_EQ(file->sources.size(), 1U);
  EXPECT_EQ(file->sources[0].connector.kind, "kafka");
  EXPECT_EQ(file->sources[0].format->kind, "json");
  EXPECT_EQ(file->sources[0].metadata[0].column, "partition");
}

TEST(PipelineFile, SinkTakesTheDeclaredSpelling) {
  auto file = file_of(kWhole);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->sinks[0].from, "totals");
  EXPECT_EQ(file->sinks[0].mode, connector::OutputMode::kComplete);
}

TEST(PipelineFile, SqlKeepsItsPlace) {
  auto file = file_of(kWhole);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->views[0].sql_location.to_string(), "p.yaml:10:5");
  EXPECT_EQ(file->views[0].sql, "SELECT id\n    FROM invoices");
}

TEST(PipelineFile, QuotedSqlStartsBehindTheQuote) {
  auto file =
      file_of(whole_with("|\n    SELECT id\n    FROM invoices", "\"SELECT id FROM invoices\""));
  ASSERT_TRUE(file);
  EXPECT_EQ(file->views[0].sql_location.to_string(), "p.yaml:9:12");
}

TEST(PipelineFile, TriggerIsRead) {
  EXPECT_EQ(file_of(kWhole)->trigger.every_us, 5'000'000);
  EXPECT_EQ(file_of(whole_with("{every: 5s}", "available_now"))->trigger.kind,
            TriggerEntry::Kind::kAvailableNow);
}

TEST(PipelineFile, BareDurationAsTriggerIsExplained) {
  EXPECT_EQ(file_problem(whole_with("{every: 5s}", "5s")),
            "p.yaml:14:10: 'trigger' must be {every: 5s}, continuous, available_now or once, not "
            "'5s'; write {every: 5s}");
}

TEST(PipelineFile, RawFormatIsNoFormat) {
  auto file = file_of(whole_with("\n      json: {schema: {id: BIGINT}}", " raw"));
  ASSERT_TRUE(file) << file.error().message();
  EXPECT_FALSE(file->sources[0].format);
  file = file_of(whole_with("json: {schema: {id: BIGINT}}", "raw: {}"));
  ASSERT_TRUE(file) << file.error().message();
  EXPECT_FALSE(file->sources[0].format);
  EXPECT_EQ(file_problem(whole_with("json: {schema: {id: BIGINT}}", "raw: {id: 1}")),
            "p.yaml:6:13: format 'raw' has no option 'id'; it has none");
}

TEST(PipelineFile, MetadataMayRename) {
  auto file = file_of(whole_with("[partition]", "{part: partition}"));
  ASSERT_TRUE(file);
  EXPECT_EQ(file->sources[0].metadata[0].name, "part");
}

TEST(PipelineFile, UnknownConnectorNamesTheNearest) {
  EXPECT_EQ(file_problem(whole_with("kafka:", "kakfa:")),
            "p.yaml:4:5: source 'invoices' has no option 'kakfa'; did you mean 'kafka'?");
}

TEST(PipelineFile, TwoConnectorsAreRefused) {
  EXPECT_EQ(file_problem(whole_with("console: {}", "console: {}, delta: {}")),
            "p.yaml:13:55: sink 'screen' has two connectors, 'console' and 'delta'; keep one");
}

TEST(PipelineFile, UnknownFromNamesTheNearest) {
  EXPECT_EQ(
      file_problem(whole_with("Totals", "total")),
      "p.yaml:13:18: 'from' names 'total', which is not a source or view; did you mean 'totals'?");
}

TEST(PipelineFile, ReservedWordIsNoName) {
  EXPECT_EQ(file_problem(whole_with("totals:", "order:")),
            "p.yaml:9:3: the view name 'order' is a reserved word of SQL; choose another");
}

TEST(PipelineFile, ViewAndSourceShareNames) {
  EXPECT_EQ(
      file_problem(whole_with("totals:", "Invoices:")),
      "p.yaml:9:3: the view name 'Invoices' is taken by 'invoices' on line 3; choose another");
}

TEST(PipelineFile, MissingKeyIsNamed) {
  EXPECT_EQ(file_problem(whole_with("checkpoint: out/checkpoint\n", "")),
            "p.yaml:1:1: a pipeline file needs the option 'checkpoint'");
}

TEST(PipelineFile, EmptyFileIsExplained) {
  EXPECT_EQ(file_problem(""),
            "p.yaml: is empty; a pipeline file needs at least name, sources, sinks and checkpoint");
}

TEST(PipelineFile, MissingFileIsAUserError) {
  auto file = read_pipeline_file("/nope/p.yaml", kKinds, Variables{});
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().message(), "/nope/p.yaml: cannot be read: No such file or directory");
}

}  // namespace
}  // namespace sluice::config
