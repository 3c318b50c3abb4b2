#include "state/backup_store.h"

#include <gtest/gtest.h>

#include "support/faulty_file_system.h"
#include "support/temporary_folder.h"

namespace sluice::state {
namespace {

constexpr Micros kBegan = 1'700'000'000'000'000;

class BackupStoreTest : public testing::Test {
 protected:
  /// A backup of one file with this content.
  BackupManifest put(std::int64_t number, const std::string& content) {
    BackupManifest manifest;
    manifest.number = number;
    manifest.pipeline = "p";
    manifest.batch = number * 10;
    manifest.time = kBegan + 1'000'000;
    auto file = store_.put_file(folder_.put("local/state.db", content), "state.db", {});
    EXPECT_TRUE(file) << file.error().message();
    manifest.files.push_back(*file);
    const auto done = store_.put(manifest, kBegan);
    EXPECT_TRUE(done) << done.error().message();
    EXPECT_TRUE(*done);
    return manifest;
  }
  Result<std::string> fetched(std::int64_t number) {
    SLUICE_ASSIGN(const BackupManifest manifest, store_.read(number));
    SLUICE_TRY(store_.fetch(manifest.files[0], folder_.at("back/state.db")));
    return files_->read(folder_.at("back/state.db"));
  }
  std::size_t pieces() { return files_->list(folder_.at("to/pieces"), false)->size(); }
  static std::string large(char end) {
    std::string text;
    for (int i = 0; text.size() < 2 * BackupStore::kPieceBytes; ++i) text += std::to_string(i);
    return text + end;
  }

  io::TemporaryFolder folder_;
  std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
  BackupStore store_{*files_, folder_.at("to")};
};

TEST_F(BackupStoreTest, GivesBackWhatWasPut) {
  put(0, large('a'));
  EXPECT_EQ(*fetched(0), large('a'));
  EXPECT_EQ(store_.read(0)->batch, 0);
}

TEST_F(BackupStoreTest, WhatDidNotChangeIsPutOnce) {
  put(0, large('a'));
  const std::size_t first = pieces();
  put(1, large('b'));
  EXPECT_EQ(pieces(), first + 1);
  EXPECT_EQ(*fetched(1), large('b'));
}

TEST_F(BackupStoreTest, PiecesOfAnEarlierRunAreKnown) {
  put(0, large('a'));
  io::FaultyFileSystem counting(*files_, folder_.path());
  BackupStore later(counting, folder_.at("to"));
  ASSERT_TRUE(later.put_file(folder_.at("local/state.db"), "state.db", {}));
  EXPECT_EQ(counting.operations(), 1U);  // it makes the folder
}

TEST_F(BackupStoreTest, OldBackupsAndTheirPiecesGo) {
  put(0, "a");
  put(1, "b");
  put(2, "c");
  ASSERT_TRUE(store_.prune(2));
  EXPECT_EQ(*store_.numbers(), (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(pieces(), 2U);
  EXPECT_EQ(*fetched(1), "b");
}

TEST_F(BackupStoreTest, PieceThatWasRemovedIsPutAgain) {
  put(0, "a");
  put(1, "b");
  ASSERT_TRUE(store_.prune(1));
  put(2, "a");
  EXPECT_EQ(*fetched(2), "a");
}

TEST_F(BackupStoreTest, PiecesOfAKilledBackupGo) {
  put(0, "a");
  folder_.put("to/pieces/" + piece_name("x"), "x");
  ASSERT_TRUE(store_.prune(1));
  EXPECT_EQ(pieces(), 1U);
}

TEST_F(BackupStoreTest, PieceThatIsGoneIsNamed) {
  const BackupManifest manifest = put(0, "a");
  ASSERT_TRUE(files_->remove(folder_.at("to/pieces/" + manifest.files[0].pieces[0])));
  const auto text = fetched(0);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().kind(), Kind::kCorruption);
  EXPECT_NE(text.error().message().find("E_BACKUP_BROKEN"), std::string::npos);
}

TEST_F(BackupStoreTest, PieceThatHasChangedIsNamed) {
  const BackupManifest manifest = put(0, "a");
  folder_.put("to/pieces/" + manifest.files[0].pieces[0], "b");
  EXPECT_NE(fetched(0).error().message().find("E_BACKUP_BROKEN"), std::string::npos);
}

TEST_F(BackupStoreTest, NumberOfAnotherRunIsRefused) {
  BackupManifest ours = put(0, "a");
  ours.batch = 7;
  const auto done = store_.put(ours, kBegan);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind(), Kind::kConflict);
}

TEST_F(BackupStoreTest, NumberThatAnEarlierRunsLateWriteHasIsPassedOver) {
  BackupManifest ours = put(0, "a");
  ours.batch = 7;
  const auto done = store_.put(ours, ours.time + 1'000'000);
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_FALSE(*done);
  ours.pipeline = "another";
  EXPECT_EQ(store_.put(ours, ours.time + 1'000'000).error().kind(), Kind::kConflict);
}

TEST_F(BackupStoreTest, WhatIsFetchedIsDurable) {
  const BackupManifest manifest = put(0, large('a'));
  io::FaultyFileSystem faulty(*files_, folder_.path());
  BackupStore store(faulty, folder_.at("to"));
  ASSERT_TRUE(store.fetch(manifest.files[0], folder_.at("back/state.db")));
  ASSERT_TRUE(faulty.lose_unsynced());
  const auto left = files_->read(folder_.at("back/state.db"));
  ASSERT_TRUE(left) << left.error().message();
  EXPECT_EQ(*left, large('a'));
}

/// The folder could not be synced after the manifest had been written.
TEST_F(BackupStoreTest, PuttingAgainMakesDurable) {
  put(0, "a");
  io::FaultyFileSystem faulty(*files_, folder_.path());
  faulty.trust_content(folder_.at("to"));
  const BackupManifest manifest = put(1, "a");
  BackupStore again(faulty, folder_.at("to"));
  const auto done = again.put(manifest, kBegan);
  ASSERT_TRUE(done && *done);
  ASSERT_TRUE(faulty.lose_unsynced());
  EXPECT_EQ(*store_.numbers(), (std::vector<std::int64_t>{0, 1}));
}

TEST_F(BackupStoreTest, PathOutsideIsNoManifest) {
  folder_.put("to/00000000000.json", R"({"format":1,"number":0,"pipeline":"p","batch":0,"time":0,)"
                                     R"("files":[{"path":"../x","bytes":1,"pieces":[]}]})");
  EXPECT_FALSE(store_.read(0));
}

TEST_F(BackupStoreTest, EmptyFolderHasNone) { EXPECT_TRUE(store_.numbers()->empty()); }

}  // namespace
}  // namespace sluice::state
