/// A start that finds a broker or a store away, and a stop in the middle.

#include <utility>

#include "engine/engine_rig.h"
#include "state/checkpoint.h"

namespace sluice::engine {
namespace {

/// An empty table that is away when it is asked for the first time.
class AwayTable final : public connector::StaticTable {
 public:
  Result<connector::TableVersion> newest() override {
    if (!std::exchange(was_asked_, true)) return transient_error("store is away");
    connector::TableVersion version;
    version.schema = data::Schema({{"id", data::TypeId::kBigint}});
    version.version = "0";
    return version;
  }

 private:
  bool was_asked_ = false;
};

class StartTest : public EngineTest {
 protected:
  /// A batch of five rows that is committed and not published.
  void leave_in_outbox() {
    Pipeline pipeline = make(5);
    sink_->publish_errors.push_back(Error(Kind::kConflict, "stop here"));
    ASSERT_FALSE(run(pipeline));
    ASSERT_TRUE(target_.rows.empty());
  }

  std::string all_retries() const {
    std::string text;
    for (const std::string& one : listener_.retries) text += one + "\n";
    return text;
  }
};

TEST_F(StartTest, WhatIsAwayWhenItIsOpenedIsTriedAgain) {
  Pipeline pipeline = make(5);
  source_->open_errors.push_back(transient_error("broker is away"));
  source_->initial_errors.push_back(transient_error("broker is away again"));
  sink_->open_errors.push_back(transient_error("store is away"));
  sink_->open_errors.push_back(Error(Kind::kUnknownOutcome, "no answer"));
  const auto summary = run(pipeline);
  ASSERT_TRUE(summary) << summary.error().message();
  EXPECT_EQ(target_.rows.size(), 5U);
  EXPECT_EQ(all_retries(),
            "open source numbers: broker is away\nopen sink out: store is away\n"
            "open sink out: no answer\nask for the start: broker is away again\n");
}

TEST_F(StartTest, TablesThatAreAwayAreTriedAgain) {
  Pipeline pipeline = make(5);
  TablePart files;
  files.name = "f";
  files.files = std::make_unique<AwayTable>();
  pipeline.tables.push_back(std::move(files));
  TablePart topic;
  topic.name = "t";
  auto numbers = std::make_unique<NumberSource>(3);
  numbers->open_errors.push_back(transient_error("broker is away"));
  topic.source.emplace();
  topic.source->columns = pipeline.sources[0].columns;
  topic.source->source = std::move(numbers);
  pipeline.tables.push_back(std::move(topic));
  const auto summary = run(pipeline);
  ASSERT_TRUE(summary) << summary.error().message();
  EXPECT_EQ(target_.rows.size(), 5U);
  EXPECT_EQ(all_retries(),
            "plan the views: table 'f': store is away\n"
            "open the tables: table 't': broker is away\n");
}

TEST_F(StartTest, TriesToOpenAreBounded) {
  Pipeline pipeline = make(5);
  for (int i = 0; i < 10; ++i) source_->open_errors.push_back(transient_error("still away"));
  const auto summary = run(pipeline);
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().kind(), Kind::kTransient);
  EXPECT_EQ(listener_.retries.size(), 3U);
}

TEST_F(StartTest, WhatCannotPassStopsAtOnce) {
  Pipeline pipeline = make(5);
  source_->open_errors.push_back(user_error("there is no such topic"));
  EXPECT_FALSE(run(pipeline));
  EXPECT_TRUE(listener_.retries.empty());
}

TEST_F(StartTest, StoreThatIsAwayDuringRecoveryIsTriedAgain) {
  leave_in_outbox();
  Pipeline pipeline = make(5);
  sink_->head_errors.push_back(transient_error("away"));
  sink_->publish_errors.push_back(transient_error("away again"));
  sink_->publish_errors.push_back(Error(Kind::kUnknownOutcome, "no answer"));
  sink_->discard_errors.push_back(transient_error("away at last"));
  sink_->publish_first = true;
  const auto summary = run(pipeline);
  ASSERT_TRUE(summary) << summary.error().message();
  EXPECT_EQ(target_.rows.size(), 5U);
  EXPECT_EQ(all_retries(),
            "look at sink out: away\npublish batch 0 to out: away again\n"
            "look at sink out: away at last\n");
}

TEST_F(StartTest, StopWhileTheStartIsTriedAgainEndsWell) {
  Pipeline pipeline = make(5);
  for (int i = 0; i < 10; ++i) source_->open_errors.push_back(transient_error("still away"));
  listener_.stop_at_retry = &stop_;
  const auto summary = run(pipeline);
  ASSERT_TRUE(summary) << summary.error().message();
  EXPECT_TRUE(summary->stopped_by_user);
  EXPECT_EQ(listener_.retries.size(), 1U);
}

TEST_F(StartTest, StopWhileTheOutboxIsRedoneKeepsIt) {
  leave_in_outbox();
  Pipeline stopped = make(5);
  for (int i = 0; i < 2; ++i) sink_->head_errors.push_back(transient_error("away"));
  listener_.stop_at_retry = &stop_;
  ASSERT_TRUE(run(stopped));
  listener_.stop_at_retry = nullptr;
  stop_ = std::stop_source();
  Pipeline next = make(5);
  ASSERT_TRUE(run(next));
  EXPECT_EQ(target_.rows.size(), 5U);
}

TEST_F(StartTest, CancelledPublishIsNotTakenForPublished) {
  Pipeline first = make(5);
  sink_->publish_errors.push_back(Error(Kind::kCancelled, "stopped in the middle"));
  ASSERT_TRUE(run(first));
  EXPECT_TRUE(target_.rows.empty());
  Pipeline second = make(5);
  const auto summary = run(second);
  ASSERT_TRUE(summary) << summary.error().message();
  EXPECT_EQ(listener_.redone_entries, 1);
  EXPECT_EQ(target_.rows.size(), 5U);
}

TEST_F(StartTest, CancelledReadLeavesNothingToRedo) {
  Pipeline first = make(15);
  source_->read_errors.push_back(Error(Kind::kCancelled, "stopped"));
  ASSERT_TRUE(run(first));
  Pipeline second = make(15);
  ASSERT_TRUE(run(second));
  EXPECT_EQ(listener_.redone_entries, 0);
  EXPECT_EQ(target_.rows.size(), 15U);
}

TEST_F(StartTest, SourceGetsBackWhatItLogged) {
  Pipeline first = make(15);
  sink_->stage_errors.push_back(transient_error("once more"));
  ASSERT_TRUE(run(first));
  EXPECT_FALSE(source_->remembered);
  Pipeline second = make(20);
  source_->resume_errors.push_back(transient_error("store is away"));
  source_->added_at_resume = "new layout;";
  ASSERT_TRUE(run(second));
  ASSERT_TRUE(source_->remembered);
  EXPECT_EQ(source_->remembered->offset.json, "15");
  EXPECT_EQ(source_->remembered->log, "0-10;10-15;");
  EXPECT_EQ(source_->remembered->checkpoint, second.checkpoint);
  Pipeline third = make(20, "digits");
  third.sources[0].name = "digits";
  third.sources[0].renamed_from = "numbers";
  ASSERT_TRUE(run(third));
  EXPECT_EQ(source_->remembered->log, "0-10;10-15;new layout;15-20;");
}

TEST_F(StartTest, SourceThatCannotGoOnStopsBeforeAnythingIsPublished) {
  leave_in_outbox();
  Pipeline pipeline = make(5);
  source_->resume_errors.push_back(user_error("E_FOLDER_CHANGED"));
  EXPECT_FALSE(run(pipeline));
  EXPECT_TRUE(target_.rows.empty());
}

TEST_F(StartTest, SourceThatLostItsNameStopsTheStart) {
  Pipeline first = make(15);
  ASSERT_TRUE(run(first));
  Pipeline renamed = make(20, "digits");
  renamed.sources[0].name = "digits";
  const auto summary = run(renamed);
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().kind(), Kind::kUser);
  for (const char* word : {"E_SOURCE_ORPHAN", "'numbers'", "renamed_from: numbers", "digits",
                           "sluice checkpoint forget"}) {
    EXPECT_NE(summary.error().message().find(word), std::string::npos) << word;
  }
  EXPECT_EQ(target_.rows.size(), 15U);
}

TEST_F(StartTest, RenamedSourceGoesOn) {
  Pipeline first = make(15);
  ASSERT_TRUE(run(first));
  for (int i = 0; i < 2; ++i) {  // renamed_from may stay
    Pipeline renamed = make(20, "digits");
    renamed.sources[0].name = "digits";
    renamed.sources[0].renamed_from = "numbers";
    const auto summary = run(renamed);
    ASSERT_TRUE(summary) << summary.error().message();
  }
  EXPECT_EQ(target_.rows.size(), 20U);
  EXPECT_EQ(sum_of_rows(), 20 * 19 / 2);
}

TEST_F(StartTest, ForgottenSourceStartsAnew) {
  Pipeline first = make(15);
  ASSERT_TRUE(run(first));
  {
    auto checkpoint = state::Checkpoint::open(first.checkpoint, "", *files_, {});
    ASSERT_TRUE(checkpoint) << checkpoint.error().message();
    ASSERT_TRUE((*checkpoint)->forget_source("numbers"));
  }
  Pipeline other = make(3, "digits");
  other.sources[0].name = "digits";
  const auto summary = run(other);
  ASSERT_TRUE(summary) << summary.error().message();
  EXPECT_EQ(target_.rows.size(), 18U);
}

}  // namespace
}  // namespace sluice::engine
