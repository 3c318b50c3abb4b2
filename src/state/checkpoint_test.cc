#include "state/checkpoint.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "support/faulty_file_system.h"
#include "support/temporary_folder.h"

namespace sluice::state {
namespace {

namespace fs = std::filesystem;

class CheckpointTest : public testing::Test {
 protected:
  std::unique_ptr<Checkpoint> open(io::FileSystem& files, const std::string& folder) {
    auto opened = Checkpoint::open(folder, "p", files, {});
    EXPECT_TRUE(opened) << opened.error().message();
    return opened ? *std::move(opened) : nullptr;
  }

  static void commit(Checkpoint& checkpoint, data::BatchId batch) {
    ASSERT_TRUE(checkpoint.begin());
    const auto recorded = checkpoint.record({.batch = batch,
                                             .started = 1,
                                             .plan_hash = "h",
                                             .offsets = {{"s", {std::to_string(batch)}}},
                                             .outbox = {},
                                             .event_times = {}});
    ASSERT_TRUE(recorded) << recorded.error().message();
    const auto committed = checkpoint.commit();
    ASSERT_TRUE(committed) << committed.error().message();
  }

  static fs::perms mode_of(const std::string& path) { return fs::status(path).permissions(); }

  io::TemporaryFolder folder_;
  io::TemporaryFolder after_;
  std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
};

TEST_F(CheckpointTest, CommitSurvivesAPowerCutAlsoAfterTheLogWasFoldedIn) {
  io::FaultyFileSystem faulty(*files_, folder_.path());
  faulty.trust_content(folder_.at("c/state.db"));
  const auto checkpoint = open(faulty, folder_.at("c"));
  commit(*checkpoint, 0);
  ASSERT_TRUE(checkpoint->session().execute("CHECKPOINT"));
  commit(*checkpoint, 1);
  faulty.cut_at(1, after_.at("left"));
  ASSERT_FALSE(faulty.sync(folder_.path()));
  ASSERT_TRUE(faulty.was_cut());
  const auto left = open(*files_, after_.at("left/c"));
  ASSERT_NE(left, nullptr);
  EXPECT_EQ(left->position()->next_batch, 2);
}

/// What was planned while a table was empty must hold once it is not.
TEST_F(CheckpointTest, EachSourceAndSinkHasOneRow) {
  const auto checkpoint = open(*files_, folder_.at("c"));
  ASSERT_TRUE(checkpoint->set_offset("s", {"0"}));
  ASSERT_TRUE(checkpoint->set_offset("t", {"0"}));
  for (data::BatchId batch = 0; batch < 5; ++batch) {
    ASSERT_TRUE(checkpoint->begin());
    std::vector<OutboxEntry> outbox;
    for (const char* sink : {"a", "b"}) {
      outbox.push_back(
          {.sink = sink, .staged = {.batch = batch, .plan_hash = "h"}, .previous = {}});
    }
    ASSERT_TRUE(checkpoint->record({.batch = batch,
                                    .started = 1,
                                    .plan_hash = "h",
                                    .offsets = {{"s", {std::to_string(batch)}}, {"t", {"7"}}},
                                    .outbox = outbox,
                                    .event_times = {}}));
    ASSERT_TRUE(checkpoint->commit());
    const auto count = [&](const std::string& table) {
      return checkpoint->session().value("SELECT count(*) FROM sluice." + table)->value_or("");
    };
    EXPECT_EQ(count("offsets"), "2") << "batch " << batch;
    EXPECT_EQ(count("sinks"), "2") << "batch " << batch;
    EXPECT_EQ(count("outbox"), "2") << "batch " << batch;
  }
}

TEST_F(CheckpointTest, CommitIntoTheSameLogLeavesTheFolderAlone) {
  io::FaultyFileSystem faulty(*files_, folder_.path());
  const auto checkpoint = open(faulty, folder_.at("c"));
  commit(*checkpoint, 0);
  faulty.cut_at(1, after_.at("left"));
  commit(*checkpoint, 1);
  EXPECT_FALSE(faulty.was_cut());
}

TEST_F(CheckpointTest, FolderThatItMakesIsClosedToOthers) {
  const auto checkpoint = open(*files_, folder_.at("c"));
  commit(*checkpoint, 0);
  ASSERT_TRUE(checkpoint->session().execute("CHECKPOINT"));
  commit(*checkpoint, 1);
  EXPECT_EQ(mode_of(folder_.at("c")), fs::perms(0700));
  for (const char* file : {"c/state.db", "c/state.db.wal", "c/lock"}) {
    EXPECT_EQ(mode_of(folder_.at(file)), fs::perms(0600)) << file;
  }
}

TEST_F(CheckpointTest, FolderThatWasThereStaysAsItIs) {
  fs::create_directory(folder_.at("c"));
  fs::permissions(folder_.at("c"), fs::perms(0755));
  const auto checkpoint = open(*files_, folder_.at("c"));
  commit(*checkpoint, 0);
  EXPECT_EQ(mode_of(folder_.at("c")), fs::perms(0755));
}

TEST_F(CheckpointTest, RemembersItsClaims) {
  auto checkpoint = open(*files_, folder_.at("c"));
  EXPECT_TRUE(checkpoint->position()->claims.empty());
  ASSERT_TRUE(checkpoint->set_claim("out", {5, "aaaaaaaa"}));
  ASSERT_TRUE(checkpoint->set_claim("out", {6, "bbbbbbbb"}));
  checkpoint.reset();
  checkpoint = open(*files_, folder_.at("c"));
  const auto claims = checkpoint->position()->claims;
  ASSERT_EQ(claims.size(), 1U);
  EXPECT_EQ(claims.at("out").epoch, 6);
  EXPECT_EQ(claims.at("out").mark, "bbbbbbbb");
}

TEST_F(CheckpointTest, ACopyHasAnotherMark) {
  auto checkpoint = open(*files_, folder_.at("c"));
  const auto writer = checkpoint->writer("run");
  ASSERT_TRUE(writer) << writer.error().message();
  EXPECT_EQ(writer->mark.size(), 8U);
  EXPECT_FALSE(writer->host.empty());
  checkpoint.reset();
  fs::copy(folder_.at("c"), folder_.at("copy"), fs::copy_options::recursive);
  EXPECT_EQ(open(*files_, folder_.at("c"))->writer("again")->mark, writer->mark);
  EXPECT_NE(open(*files_, folder_.at("copy"))->writer("run")->mark, writer->mark);
}

TEST_F(CheckpointTest, SourcesAreRenamedAndForgotten) {
  const auto checkpoint = open(*files_, folder_.at("c"));
  ASSERT_TRUE(checkpoint->set_resumed("other", {{"8"}, "of other"}));
  ASSERT_TRUE(checkpoint->set_resumed("old", {{"7"}, "of old"}));
  ASSERT_TRUE(checkpoint->rename_source("old", "new"));
  ASSERT_TRUE(checkpoint->forget_source("other"));
  const auto offsets = checkpoint->position()->offsets;
  ASSERT_EQ(offsets.size(), 1U);
  EXPECT_EQ(offsets.at("new").json, "7");
  EXPECT_EQ(*checkpoint->source_log("new"), "of old");
  EXPECT_EQ(*checkpoint->source_log("old"), "");
  EXPECT_EQ(*checkpoint->source_log("other"), "");
}

TEST_F(CheckpointTest, LogOfASourceGrowsWithCommits) {
  auto checkpoint = open(*files_, folder_.at("c"));
  const std::string bytes("\0\xFF'\n", 4);
  for (data::BatchId batch = 0; batch < 3; ++batch) {
    ASSERT_TRUE(checkpoint->begin());
    ASSERT_TRUE(checkpoint->record({.batch = batch,
                                    .started = 1,
                                    .plan_hash = "h",
                                    .offsets = {{"it's", {"1"}}},
                                    .outbox = {},
                                    .event_times = {},
                                    .log_entries = {{"it's", bytes + std::to_string(batch)}}}));
    if (batch == 1) {
      checkpoint->rollback();
    } else {
      ASSERT_TRUE(checkpoint->commit());
    }
  }
  checkpoint.reset();
  checkpoint = open(*files_, folder_.at("c"));
  EXPECT_EQ(*checkpoint->source_log("it's"), bytes + "0" + bytes + "2");
}

}  // namespace
}  // namespace sluice::state
