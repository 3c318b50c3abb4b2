#include "io/file_system.h"

#include <array>
#include <atomic>
#include <filesystem>
#include <thread>

#include <gtest/gtest.h>

#include "support/temporary_folder.h"

namespace sluice::io {
namespace {

class LocalFiles : public testing::Test {
 protected:
  std::string at(const std::string& name) const { return folder_.at(name); }
  void put(const std::string& name, const std::string& content) { folder_.put(name, content); }
  std::vector<std::string> names(bool recursive) {
    std::vector<std::string> result;
    const auto files = files_->list(folder_.path(), recursive);
    for (const FileInfo& file : *files)
      result.push_back(file.path.substr(folder_.path().size() + 1));
    return result;
  }

  std::unique_ptr<FileSystem> files_ = make_local_file_system();
  TemporaryFolder folder_;
};

TEST(Path, PartsAreSplitAtTheLastSlash) {
  EXPECT_EQ(file_name("a/b.csv"), "b.csv");
  EXPECT_EQ(file_name("a/b/"), "b");
  EXPECT_EQ(parent_folder("a/b.csv"), "a");
  EXPECT_EQ(parent_folder("b.csv"), ".");
  EXPECT_EQ(parent_folder("/b.csv"), "/");
}

TEST(Path, JoiningPutsOneSlash) {
  EXPECT_EQ(join_path("a", "b"), "a/b");
  EXPECT_EQ(join_path("a/", "/b"), "a/b");
  EXPECT_EQ(join_path("/", "b"), "/b");
  EXPECT_EQ(join_path("", "b"), "b");
}

TEST_F(LocalFiles, WhatIsWrittenIsRead) {
  const std::string content(200'000, 'x');
  ASSERT_TRUE(files_->write_atomic(at("a"), content));
  EXPECT_EQ(*files_->read(at("a")), content);
}

TEST_F(LocalFiles, WritingLeavesNoOtherFile) {
  ASSERT_TRUE(files_->write_atomic(at("a"), "1"));
  ASSERT_TRUE(files_->write_atomic(at("a"), "2"));
  ASSERT_TRUE(files_->write_if_absent(at("a"), "3"));
  EXPECT_EQ(names(true), std::vector<std::string>{"a"});
}

TEST_F(LocalFiles, WriteIfAbsentKeepsWhatIsThere) {
  EXPECT_TRUE(*files_->write_if_absent(at("a"), "first"));
  EXPECT_FALSE(*files_->write_if_absent(at("a"), "second"));
  EXPECT_EQ(*files_->read(at("a")), "first");
}

TEST_F(LocalFiles, OfManyWritersOneWins) {
  std::atomic<int> winners = 0;
  std::vector<std::jthread> writers;
  for (int i = 0; i < 8; ++i) {
    writers.emplace_back([this, &winners] {
      if (*files_->write_if_absent(at("a"), "x")) ++winners;
    });
  }
  writers.clear();
  EXPECT_EQ(winners, 1);
}

TEST_F(LocalFiles, MissingFileIsTheUsersError) {
  const auto content = files_->read(at("none"));
  ASSERT_FALSE(content);
  EXPECT_EQ(content.error().kind(), Kind::kUser);
  EXPECT_EQ(content.error().message(),
            "open failed path=" + at("none") + ": No such file or directory");
}

TEST_F(LocalFiles, ReadAtIsShortAtTheEnd) {
  put("a", "0123456789");
  std::array<char, 6> bytes{};
  EXPECT_EQ(*files_->read_at(at("a"), 2, bytes), 6U);
  EXPECT_EQ(std::string(bytes.data(), 6), "234567");
  EXPECT_EQ(*files_->read_at(at("a"), 8, bytes), 2U);
  EXPECT_EQ(*files_->read_at(at("a"), 20, bytes), 0U);
}

TEST_F(LocalFiles, ListIsSortedAndFlatUnlessAsked) {
  put("b", "");
  put("a", "");
  put("sub/c", "");
  EXPECT_EQ(names(false), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(names(true), (std::vector<std::string>{"a", "b", "sub/c"}));
}

TEST_F(LocalFiles, ListFollowsLinksToFilesOnly) {
  put("real", "1");
  std::filesystem::create_symlink("real", at("link"));
  std::filesystem::create_directory_symlink(folder_.path(), at("circle"));
  std::filesystem::create_symlink("nothing", at("broken"));
  EXPECT_EQ(names(true), (std::vector<std::string>{"link", "real"}));
}

TEST_F(LocalFiles, FolderThatIsNotThereIsEmpty) {
  EXPECT_TRUE(files_->list(at("none"), true)->empty());
}

TEST_F(LocalFiles, TooManyFilesAreAnError) {
  put("a", "");
  put("b", "");
  const auto listed = files_->list(folder_.path(), false, 1);
  ASSERT_FALSE(listed);
  EXPECT_EQ(listed.error().kind(), Kind::kUser);
}

TEST_F(LocalFiles, FoldersAreMadeWithTheirParents) {
  ASSERT_TRUE(files_->make_folders(at("a/b/c")));
  ASSERT_TRUE(files_->make_folders(at("a/b/c/")));
  EXPECT_TRUE(files_->find(at("a/b/c"))->has_value());
  EXPECT_TRUE(files_->sync(at("a/b")));
}

TEST_F(LocalFiles, AFileInTheWayOfAFolderIsTheUsersError) {
  put("a", "");
  EXPECT_EQ(files_->make_folders(at("a/b")).error().kind(), Kind::kUser);
}

TEST_F(LocalFiles, RemoveTakesFilesAndEmptyFoldersOnly) {
  put("sub/a", "");
  EXPECT_FALSE(files_->remove(at("sub")));
  EXPECT_TRUE(files_->remove(at("sub/a")));
  EXPECT_TRUE(files_->remove(at("sub")));
  EXPECT_TRUE(files_->remove(at("sub")));
  EXPECT_FALSE(files_->find(at("sub"))->has_value());
}

TEST_F(LocalFiles, StatGivesSizeAndTime) {
  put("a", "123");
  const auto info = files_->stat(at("a"));
  EXPECT_EQ(info->bytes, 3U);
  EXPECT_GT(info->modified, Micros{1'600'000'000} * 1'000'000);
}

TEST_F(LocalFiles, TriesWhetherAFolderCanBeWrittenAndLeavesNothing) {
  EXPECT_TRUE(files_->try_writing(folder_.path()));
  EXPECT_TRUE(files_->try_writing(at("a/b")));
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
  put("file", "x");
  const auto refused = files_->try_writing(at("file/b"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), Kind::kUser);
}

}  // namespace
}  // namespace sluice::io
