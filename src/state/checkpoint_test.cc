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

/// All that a position has, with texts that need quoting.
TEST_F(CheckpointTest, ReadsBackWhatABatchHasMoved) {
  auto checkpoint = open(*files_, folder_.at("c"));
  const std::string offset = "{ \"t\" : {\"0\":1e2, \"é\\u00e9\":\"'\" } }";
  ASSERT_TRUE(checkpoint->begin());
  ASSERT_TRUE(checkpoint->record(
      {.batch = 7,
       .started = 1,
       .plan_hash = "h",
       .offsets = {{"it's \"s\"", {offset}}},
       .outbox = {{.sink = "a",
                   .staged = {.batch = 7,
                              .action = "{\"x\":1}",
                              .rows = 2,
                              .bytes = 3,
                              .plan_hash = "h",
                              .notes = "n"},
                   .previous = 5},
                  {.sink = "b", .staged = {.batch = 7, .plan_hash = "h"}, .previous = {}}},
       .event_times = {.sources = {{"v", {.latest = 9, .seen = 8}}, {"w", {}}},
                       .used = std::nullopt,
                       .next = -1}}));
  ASSERT_TRUE(checkpoint->commit());
  for (int again = 0; again < 2; ++again) {
    const auto position = checkpoint->position();
    ASSERT_TRUE(position) << position.error().message();
    EXPECT_EQ(position->next_batch, 8);
    EXPECT_EQ(position->offsets.at("it's \"s\"").json, offset);
    ASSERT_EQ(position->outbox.size(), 2U);
    EXPECT_EQ(position->outbox[0].sink, "a");
    EXPECT_EQ(position->outbox[0].staged.action, "{\"x\":1}");
    EXPECT_EQ(position->outbox[0].staged.rows, 2U);
    EXPECT_EQ(position->outbox[0].staged.bytes, 3U);
    EXPECT_EQ(position->outbox[0].staged.notes, "n");
    EXPECT_EQ(position->outbox[0].previous, 5);
    EXPECT_EQ(position->outbox[1].previous, std::nullopt);
    EXPECT_EQ(position->sinks.at("b").batch, 7);
    EXPECT_EQ(position->sinks.at("b").plan_hash, "h");
    EXPECT_EQ(position->event_times.sources.at("v").latest, 9);
    EXPECT_EQ(position->event_times.sources.at("w").latest, std::nullopt);
    EXPECT_EQ(position->event_times.used, std::nullopt);
    EXPECT_EQ(position->event_times.next, -1);
    checkpoint.reset();
    checkpoint = open(*files_, folder_.at("c"));
  }
  ASSERT_TRUE(checkpoint->note_published());
  checkpoint.reset();
  checkpoint = open(*files_, folder_.at("c"));
  EXPECT_TRUE(checkpoint->position()->outbox.empty());
  EXPECT_EQ(checkpoint->position()->sinks.at("b").batch, 7);
  EXPECT_EQ(checkpoint->position()->next_batch, 8);
}

TEST_F(CheckpointTest, ABatchThatIsTakenBackMovesNothing) {
  const auto checkpoint = open(*files_, folder_.at("c"));
  commit(*checkpoint, 0);
  ASSERT_TRUE(checkpoint->begin());
  ASSERT_TRUE(checkpoint->record({.batch = 1,
                                  .started = 1,
                                  .plan_hash = "h",
                                  .offsets = {{"s", {"1"}}},
                                  .outbox = {},
                                  .event_times = {}}));
  checkpoint->rollback();
  EXPECT_EQ(checkpoint->position()->next_batch, 1);
  EXPECT_EQ(checkpoint->position()->offsets.at("s").json, "0");
  ASSERT_TRUE(checkpoint->set_offset("t", {"5"}));
  EXPECT_EQ(
      *checkpoint->session().value("SELECT \"offset\" FROM sluice.offsets WHERE source = 's'"),
      "0");
}

/// Nothing is guessed: neither of a newer program's checkpoint nor of a row that is broken.
TEST_F(CheckpointTest, ABrokenRowIsNamed) {
  {
    const auto checkpoint = open(*files_, folder_.at("c"));
    commit(*checkpoint, 0);
    ASSERT_TRUE(checkpoint->session().execute("UPDATE sluice.positions SET rest = '{'"));
  }
  const auto opened = Checkpoint::open(folder_.at("c"), "p", *files_, {});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind(), Kind::kCorruption);
  EXPECT_TRUE(opened.error().message().starts_with("E_CHECKPOINT_CORRUPT"))
      << opened.error().message();
}

TEST_F(CheckpointTest, ANewerFormatIsNamed) {
  {
    const auto checkpoint = open(*files_, folder_.at("c"));
    ASSERT_TRUE(
        checkpoint->session().execute("UPDATE sluice.meta SET value = '3' WHERE key = 'format'"));
  }
  const auto opened = Checkpoint::open(folder_.at("c"), "p", *files_, {});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind(), Kind::kCorruption);
  EXPECT_TRUE(opened.error().message().starts_with("E_CHECKPOINT_FORMAT"))
      << opened.error().message();
}

TEST_F(CheckpointTest, KeepsAHundredBatchesAndTheNewest) {
  auto checkpoint = open(*files_, folder_.at("c"));
  for (data::BatchId batch = 0; batch < 250; ++batch) commit(*checkpoint, batch);
  const auto rows =
      std::stoi(checkpoint->session().value("SELECT count(*) FROM sluice.batches")->value_or("0"));
  EXPECT_GE(rows, 100);
  EXPECT_LE(rows, 200);
  checkpoint.reset();
  checkpoint = open(*files_, folder_.at("c"));
  EXPECT_EQ(checkpoint->position()->next_batch, 250);
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
