#include "engine/backup.h"

#include <filesystem>
#include <new>
#include <set>

#include <gtest/gtest.h>

#include "base/border.h"
#include "engine/engine_doubles.h"
#include "support/faulty_file_system.h"
#include "support/temporary_folder.h"

namespace sluice::engine {
namespace {

/// Runs of ten numbers a batch into one sink, with backups.
class BackupTest : public testing::Test {
 protected:
  Status run(std::int64_t end, Micros every, const std::string& name = "test") {
    Pipeline pipeline;
    pipeline.name = name;
    pipeline.trigger.kind = Trigger::Kind::kAvailableNow;
    pipeline.checkpoint = folder_.at(name);
    pipeline.backup = BackupPart{folder_.at("to"), every, 10};
    pipeline.retries_max = retries_max_;
    SourcePart source;
    source.name = "numbers";
    source.columns = {{.field = {"n", data::TypeId::kBigint}, .decoded = false, .index = 0}};
    source.limit.records = 10;
    source.source = std::make_unique<NumberSource>(end);
    pipeline.sources.push_back(std::move(source));
    SinkPart part;
    part.name = "out";
    part.from = "numbers";
    auto sink = std::make_unique<CollectingSink>(target_);
    sink->publish_errors = std::move(publish_errors_);
    publish_errors_.clear();
    part.sink = std::move(sink);
    pipeline.sinks.push_back(std::move(part));
    RunSummary summary;
    return run_pipeline(pipeline, {clock_, random_, *used_, listener_}, summary, {});
  }
  /// The last batches of all backups.
  std::vector<data::BatchId> batches() {
    std::vector<data::BatchId> found;
    const auto numbers = store_.numbers();
    for (const std::int64_t number : *numbers) found.push_back(store_.read(number)->batch);
    return found;
  }

  using Batches = std::vector<data::BatchId>;
  io::TemporaryFolder folder_;
  std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
  io::FileSystem* used_ = files_.get();  ///< by runs
  int retries_max_ = 0;
  std::deque<Error> publish_errors_;  ///< of the next run
  state::BackupStore store_{*files_, folder_.at("to")};
  StillClock clock_;
  SeededRandom random_{1};
  RecordingListener listener_;
  Target target_;
};

TEST_F(BackupTest, OrderlyEndLeavesOneOfItsLastBatch) {
  ASSERT_TRUE(run(25, 600'000'000));
  EXPECT_EQ(batches().back(), 2);
}

TEST_F(BackupTest, EachBatchHasOneWithoutAnInterval) {
  ASSERT_TRUE(run(25, 0));
  EXPECT_EQ(batches(), (Batches{0, 1, 2}));
}

TEST_F(BackupTest, RunWithoutNewBatchesMakesNone) {
  ASSERT_TRUE(run(25, 600'000'000));
  const auto before = batches();
  ASSERT_TRUE(run(25, 600'000'000));
  EXPECT_EQ(batches(), before);
}

TEST_F(BackupTest, BatchIsNotPublishedWithoutItsBackup) {
  ASSERT_TRUE(run(10, 0));
  // A file where the pieces' folder belongs.
  std::filesystem::remove_all(folder_.at("to/pieces"));
  folder_.put("to/pieces", "");
  EXPECT_FALSE(run(20, 0));
  EXPECT_EQ(target_.rows.size(), 10U);
}

TEST_F(BackupTest, FailureBesideTheBatchesDoesNotHoldThemUp) {
  ASSERT_TRUE(run(10, 1));
  std::filesystem::remove_all(folder_.at("to/pieces"));
  folder_.put("to/pieces", "");
  const Status ended = run(20, 1);
  EXPECT_EQ(target_.rows.size(), 20U);
  // Only the one at the end is an error.
  EXPECT_FALSE(ended);
}

/// Any operation on files, on the backup's thread or the engine's.
TEST_F(BackupTest, WhatThrowsIsAnErrorAndTheNextRunGoesOn) {
  int survived = 0;
  std::size_t operations = 0;  // of a run in which none throws
  for (std::size_t at = 0; at <= operations; ++at) {
    for (const char* name : {"test", "to"}) std::filesystem::remove_all(folder_.at(name));
    target_ = Target();
    io::FaultyFileSystem faulty(*files_, folder_.path());
    faulty.happen_at(at, [] { throw std::bad_alloc(); });
    used_ = &faulty;
    const Status done = at_border("run", [&] { return run(25, 1); });
    if (at == 0) operations = faulty.operations();
    if (!done) {
      EXPECT_NE(done.error().message().find("E_OUT_OF_MEMORY"), std::string::npos);
    }
    if (done && at > 0) ++survived;
    used_ = files_.get();
    ASSERT_TRUE(run(25, 1)) << at;
    ASSERT_EQ(target_.rows.size(), 25U) << at;
    ASSERT_EQ(batches().back(), 2) << at;
  }
  EXPECT_GT(survived, 0) << "no exception was the backup thread's";
}

/// A start that finds a batch to publish, each of whose operations fails once.
TEST_F(BackupTest, WhatFailsAtTheStartIsTriedAgain) {
  retries_max_ = 3;
  std::set<std::string> steps;
  std::size_t operations = 0;  // of a start in which none fails
  for (std::size_t at = 0; at <= operations; ++at) {
    for (const char* name : {"test", "to"}) std::filesystem::remove_all(folder_.at(name));
    target_ = Target();
    used_ = files_.get();
    publish_errors_.push_back(internal_error("the end"));
    ASSERT_FALSE(run(5, 0));
    std::filesystem::remove_all(folder_.at("to"));  // the backup of the batch is lost, too
    io::FaultyFileSystem faulty(*files_, folder_.path());
    faulty.fail_at(at);
    used_ = &faulty;
    const Status done = run(5, 0);
    ASSERT_TRUE(done) << at << ": " << done.error().message();
    ASSERT_EQ(target_.rows.size(), 5U) << at;
    ASSERT_EQ(batches(), Batches{0}) << at;
    if (at == 0) operations = faulty.operations();
  }
  for (const std::string& retry : listener_.retries) steps.insert(retry.substr(0, retry.find(':')));
  EXPECT_EQ(steps, (std::set<std::string>{"backup of batch 0", "open the backups",
                                          "open the checkpoint"}));
}

TEST_F(BackupTest, RestoredCheckpointGoesOn) {
  ASSERT_TRUE(run(15, 0));
  std::filesystem::remove_all(folder_.at("test"));
  const auto newest = store_.read(store_.numbers()->back());
  for (const state::BackupFile& file : newest->files) {
    ASSERT_TRUE(store_.fetch(file, folder_.at("test/" + file.path)));
  }
  ASSERT_TRUE(run(30, 0));
  EXPECT_EQ(target_.rows.size(), 30U);
}

TEST_F(BackupTest, FolderOfAnotherPipelineIsRefused) {
  ASSERT_TRUE(run(10, 0));
  const Status other = run(10, 0, "other");
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().message().find("E_BACKUP_OWNER"), std::string::npos);
}

}  // namespace
}  // namespace sluice::engine
