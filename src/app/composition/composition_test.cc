#include "app/composition/composition.h"

#include <string>

#include <gtest/gtest.h>

#include "base/random.h"

namespace sluice::app {
namespace {

constexpr const char* kWhole = R"(name: orders
sources:
  orders:
    kafka: {brokers: "localhost:1", topic: orders, max_records_per_trigger: 7, properties: {sasl.password: hunter2}}
    format: {json: {schema: {id: BIGINT}, on_error: fail}}
    metadata: [partition, {}]
sinks:
  gold: {from: orders, csv: {path: out/gold}}
trigger: {every: 1500ms}
checkpoint: out/checkpoint
engine: {threads: 2, retry_pause_max: 2s}
)";

class Compose : public testing::Test {
 protected:
  /// kWhole with each first `what` replaced.
  static std::string whole_with(const std::string& what, const std::string& by,
                                std::string text = kWhole) {
    const std::size_t at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return text.replace(at, what.size(), by);
  }
  static std::string plain() { return whole_with(", {}]", "]"); }

  Result<Composition> compose_text(const std::string& text) {
    SLUICE_ASSIGN(const auto file,
                  config::read_pipeline_text(text, "p.yaml", known_kinds(registry_), {}));
    return compose(file, {registry_, clock_, random_, *files_});
  }

  std::string problem(const std::string& text) {
    auto made = compose_text(text);
    return made ? "" : made.error().message();
  }

  const connector::Registry registry_ = all_connectors();
  const SystemClock clock_;
  SeededRandom random_{1};
  const std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
};

TEST_F(Compose, SourceHasDecodedColumnsThenMetadata) {
  auto made = compose_text(plain());
  ASSERT_TRUE(made) << made.error().message();
  const auto& columns = made->pipeline.sources[0].columns;
  ASSERT_EQ(columns.size(), 2U);
  EXPECT_TRUE(columns[0].decoded);
  EXPECT_EQ(columns[1].field.name, "partition");
  EXPECT_FALSE(columns[1].decoded);
}

TEST_F(Compose, LimitsAndSettingsReachTheEngine) {
  auto made = compose_text(plain());
  ASSERT_TRUE(made);
  EXPECT_EQ(made->pipeline.sources[0].limit.records, 7);
  EXPECT_EQ(made->pipeline.sources[0].on_error, engine::OnError::kFail);
  EXPECT_EQ(made->pipeline.trigger.every, std::chrono::milliseconds(1500));
  EXPECT_EQ(made->pipeline.threads, 2);
  EXPECT_EQ(made->pipeline.backoff_max, std::chrono::milliseconds(2000));
}

TEST_F(Compose, StoredTextHasNoSecret) {
  auto made = compose_text(plain());
  ASSERT_TRUE(made);
  EXPECT_EQ(made->pipeline.text.find("hunter2"), std::string::npos);
  EXPECT_NE(made->pipeline.text.find("sasl.password: ***"), std::string::npos);
}

TEST_F(Compose, DeadLettersLieBelowTheCheckpointUnlessTold) {
  auto made = compose_text(whole_with("on_error: fail", "on_error: dead_letter", plain()));
  ASSERT_TRUE(made);
  EXPECT_NE(made->pipeline.sources[0].dead_letter, nullptr);
  EXPECT_EQ(made->description.sources[0].dead_letters, "out/checkpoint/dead_letter/orders");
}

TEST_F(Compose, RawSourceHasAllOwnColumns) {
  auto made = compose_text(whole_with("{json: {schema: {id: BIGINT}, on_error: fail}}", "raw",
                                      whole_with("    metadata: [partition, {}]\n", "")));
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_EQ(made->pipeline.sources[0].decoder, nullptr);
  EXPECT_EQ(made->pipeline.sources[0].columns.size(),
            made->pipeline.sources[0].source->schema().size());
}

TEST_F(Compose, BuiltInFormatTakesItsOptionsBesideTheSources) {
  auto made = compose_text(R"(name: orders
sources:
  orders: {csv: {path: in, schema: {id: BIGINT}, max_records_per_trigger: 5}}
sinks:
  gold: {from: orders, csv: {path: out/gold}}
checkpoint: out/checkpoint
)");
  ASSERT_TRUE(made) << made.error().message();
  ASSERT_NE(made->pipeline.sources[0].decoder, nullptr);
  EXPECT_EQ(made->pipeline.sources[0].decoder->schema().size(), 1U);
  EXPECT_EQ(made->pipeline.sources[0].limit.records, 5);
}

TEST_F(Compose, MetadataInAListMustBeTexts) {
  EXPECT_EQ(problem(kWhole),
            "p.yaml:6:27: 'metadata' must be a list such as [partition, offset] or a map such as "
            "{at: timestamp}");
}

TEST_F(Compose, TwoSinksInOneFolderAreRefused) {
  const std::string text = whole_with(
      "\ntrigger:", "\n  more: {from: orders, csv: {path: out/gold/}}\ntrigger:", plain());
  EXPECT_EQ(
      problem(text),
      "p.yaml:9:24: sink 'more' and sink 'gold' both write to out/gold; give each a path of its "
      "own");
}

}  // namespace
}  // namespace sluice::app
