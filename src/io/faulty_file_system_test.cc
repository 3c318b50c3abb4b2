#include "support/faulty_file_system.h"

#include <gtest/gtest.h>

#include "support/temporary_folder.h"

namespace sluice::io {
namespace {

class FaultyFiles : public testing::Test {
 protected:
  FaultyFiles() : old_(folder_.put("old", "1")) {}

  TemporaryFolder folder_;
  std::string old_;
  std::unique_ptr<FileSystem> real_ = make_local_file_system();
  FaultyFileSystem files_{*real_, folder_.path()};
};

TEST_F(FaultyFiles, TheChosenOperationFailsOnce) {
  files_.fail_at(2);
  EXPECT_TRUE(files_.write_atomic(folder_.at("a"), ""));
  EXPECT_EQ(files_.write_atomic(folder_.at("b"), "").error().kind(), Kind::kTransient);
  EXPECT_FALSE(files_.find(folder_.at("b"))->has_value());
  EXPECT_TRUE(files_.write_atomic(folder_.at("b"), ""));
  EXPECT_EQ(files_.operations(), 3U);
}

TEST_F(FaultyFiles, AFaultAfterwardsHasDoneTheWork) {
  files_.fail_at(1, FaultyFileSystem::Fault::kAfter);
  EXPECT_FALSE(files_.write_if_absent(folder_.at("a"), ""));
  EXPECT_TRUE(files_.find(folder_.at("a"))->has_value());
}

TEST_F(FaultyFiles, AnUnsyncedRenameIsUndone) {
  ASSERT_TRUE(files_.rename(old_, folder_.at("new")));
  ASSERT_TRUE(files_.lose_unsynced());
  EXPECT_TRUE(files_.find(old_)->has_value());
  EXPECT_FALSE(files_.find(folder_.at("new"))->has_value());
}

TEST_F(FaultyFiles, ASyncedRenameStays) {
  ASSERT_TRUE(files_.rename(old_, folder_.at("new")));
  ASSERT_TRUE(files_.sync(folder_.path()));
  ASSERT_TRUE(files_.lose_unsynced());
  EXPECT_FALSE(files_.find(old_)->has_value());
  EXPECT_EQ(*files_.read(folder_.at("new")), "1");
}

TEST_F(FaultyFiles, AFileWithoutFolderSyncIsGone) {
  folder_.put("a", "x");
  ASSERT_TRUE(files_.sync(folder_.at("a")));
  ASSERT_TRUE(files_.lose_unsynced());
  EXPECT_FALSE(files_.find(folder_.at("a"))->has_value());
}

TEST_F(FaultyFiles, AFileWithoutContentSyncIsEmpty) {
  folder_.put("a", "x");
  ASSERT_TRUE(files_.sync(folder_.path()));
  ASSERT_TRUE(files_.lose_unsynced());
  EXPECT_EQ(*files_.read(folder_.at("a")), "");
}

TEST_F(FaultyFiles, AnUnsyncedRemovalComesBack) {
  ASSERT_TRUE(files_.remove(old_));
  ASSERT_TRUE(files_.lose_unsynced());
  EXPECT_EQ(*files_.read(old_), "1");
}

TEST_F(FaultyFiles, AFileMadeAnewUnderADurableNameIsGone) {
  files_.trust_content(folder_.at("log"));
  folder_.put("log", "first");
  ASSERT_TRUE(files_.sync(folder_.path()));
  ASSERT_TRUE(real_->rename(folder_.at("log"), folder_.at("kept")));  // so its inode stays taken
  folder_.put("log", "second");
  ASSERT_TRUE(files_.lose_unsynced());
  EXPECT_FALSE(files_.find(folder_.at("log"))->has_value());
}

TEST_F(FaultyFiles, ContentThatIsTrustedStays) {
  files_.trust_content(folder_.at("log"));
  folder_.put("log", "x");
  ASSERT_TRUE(files_.sync(folder_.path()));
  ASSERT_TRUE(files_.lose_unsynced());
  EXPECT_EQ(*files_.read(folder_.at("log")), "x");
}

TEST_F(FaultyFiles, AFolderThatWasNotSyncedIsGoneWithItsFiles) {
  ASSERT_TRUE(real_->make_folders(folder_.at("new")));
  folder_.put("new/a", "x");
  ASSERT_TRUE(files_.sync(folder_.at("new/a")));
  ASSERT_TRUE(files_.sync(folder_.at("new")));
  ASSERT_TRUE(files_.lose_unsynced());
  EXPECT_FALSE(files_.find(folder_.at("new"))->has_value());
  EXPECT_FALSE(files_.find(folder_.at("new/a"))->has_value());
}

TEST_F(FaultyFiles, ACutLeavesACopyOfWhatWasDurable) {
  io::TemporaryFolder other;
  ASSERT_TRUE(files_.write_atomic(folder_.at("a"), "x"));
  folder_.put("b", "y");
  files_.cut_at(2, other.at("copy"));
  ASSERT_TRUE(files_.write_atomic(folder_.at("c"), "z"));
  EXPECT_FALSE(files_.was_cut());
  EXPECT_FALSE(files_.sync(folder_.path()));
  EXPECT_TRUE(files_.was_cut());
  EXPECT_FALSE(files_.write_atomic(folder_.at("d"), ""));
  const auto left = *real_->list(other.at("copy"), true);
  std::string names;
  for (const FileInfo& file : left) names += file_name(file.path) + " ";
  EXPECT_EQ(names, "a c old ");
}

TEST_F(FaultyFiles, WhatWriteAtomicWroteStays) {
  ASSERT_TRUE(files_.write_atomic(folder_.at("a"), "x"));
  ASSERT_TRUE(files_.lose_unsynced());
  EXPECT_EQ(*files_.read(folder_.at("a")), "x");
}

}  // namespace
}  // namespace sluice::io
