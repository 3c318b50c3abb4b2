#include "io/spool.h"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "io/local_file_system.h"
#include "support/temporary_folder.h"

namespace sluice::io {
namespace {

/// Files of this machine, and a store whose files hold their own path.
class PretendedStore final : public FileSystem {
 public:
  std::atomic<int> downloads = 0;

  Status download(const std::string& path, const std::string& local) override {
    ++downloads;
    std::ofstream(local) << path;
    return {};
  }

  Result<std::optional<FileInfo>> find(const std::string& path) override {
    return local_.find(path);
  }
  Result<std::string> read(const std::string& path) override { return local_.read(path); }
  Result<std::size_t> read_at(const std::string& path, std::uint64_t offset,
                              std::span<char> out) override {
    return local_.read_at(path, offset, out);
  }
  Result<std::vector<FileInfo>> list(const std::string& folder, bool recursive,
                                     std::size_t files_max) override {
    return local_.list(folder, recursive, files_max);
  }
  Status make_folders(const std::string& path) override { return local_.make_folders(path); }
  Status write_atomic(const std::string& path, std::string_view content) override {
    return local_.write_atomic(path, content);
  }
  Result<bool> write_if_absent(const std::string& path, std::string_view content) override {
    return local_.write_if_absent(path, content);
  }
  Status rename(const std::string& from, const std::string& to) override {
    return local_.rename(from, to);
  }
  Status remove(const std::string& path) override { return local_.remove(path); }
  Status sync(const std::string& path) override { return local_.sync(path); }

 private:
  LocalFileSystem local_;
};

class SpoolTest : public testing::Test {
 protected:
  static constexpr std::uint64_t kBytes = 8;  // of "s3://b/x"

  TemporaryFolder folder_;
  PretendedStore files_;
};

TEST_F(SpoolTest, FileOfThisMachineIsItself) {
  Spool spool(files_, folder_.at("spool"));
  const auto copy = spool.fetch(folder_.at("x"), 1, 0);
  ASSERT_TRUE(copy);
  EXPECT_EQ(copy->path(), folder_.at("x"));
}

TEST_F(SpoolTest, SameFileIsFetchedOnce) {
  Spool spool(files_, folder_.at("spool"));
  ASSERT_TRUE(spool.fetch("s3://b/x", kBytes, 1));
  ASSERT_TRUE(spool.fetch("s3://b/x", kBytes, 1));
  EXPECT_EQ(files_.downloads, 1);
  ASSERT_TRUE(spool.fetch("s3://b/x", kBytes, 2));
  EXPECT_EQ(files_.downloads, 2);
}

TEST_F(SpoolTest, ThreadsThatWantOneFileShareOneCopy) {
  Spool spool(files_, folder_.at("spool"));
  std::vector<std::string> paths(8);
  {
    std::vector<std::jthread> threads;
    for (std::string& path : paths) {
      threads.emplace_back([&] {
        const auto copy = spool.fetch("s3://b/x", kBytes, 1);
        if (copy) path = copy->path();
      });
    }
  }
  EXPECT_TRUE(std::filesystem::exists(paths[0]));
  for (const std::string& path : paths) EXPECT_EQ(path, paths[0]);
}

TEST_F(SpoolTest, OtherSizeIsAnErrorThatMayPass) {
  Spool spool(files_, folder_.at("spool"));
  const auto copy = spool.fetch("s3://b/x", kBytes + 1, 1);
  ASSERT_FALSE(copy);
  EXPECT_EQ(copy.error().kind(), Kind::kTransient);
}

TEST_F(SpoolTest, OnlyCopiesThatNobodyHoldsMakeRoom) {
  Spool spool(files_, folder_.at("spool"), kBytes);
  const auto held = spool.fetch("s3://b/x", kBytes, 1);
  ASSERT_TRUE(held);
  std::string let_go;
  {
    const auto copy = spool.fetch("s3://b/y", kBytes, 1);
    ASSERT_TRUE(copy);
    let_go = copy->path();
  }
  ASSERT_TRUE(spool.fetch("s3://b/z", kBytes, 1));
  EXPECT_TRUE(std::filesystem::exists(held->path()));
  EXPECT_FALSE(std::filesystem::exists(let_go));
}

TEST_F(SpoolTest, NothingIsLeftBehind) {
  {
    Spool spool(files_, folder_.at("spool"));
    ASSERT_TRUE(spool.folder_for("s3://b/t"));
  }
  EXPECT_FALSE(std::filesystem::exists(folder_.at("spool")));
}

TEST_F(SpoolTest, FoldersOfTheDeadAreRemoved) {
  folder_.put("spool/1-0.lock", "1");
  folder_.put("spool/1-0/1-x.parquet", "left");
  Spool spool(files_, folder_.at("spool"));
  ASSERT_TRUE(spool.folder_for("s3://b/t"));
  EXPECT_FALSE(std::filesystem::exists(folder_.at("spool/1-0")));
}

TEST_F(SpoolTest, FoldersOfTheLivingStay) {
  Spool first(files_, folder_.at("spool"));
  const auto held = first.fetch("s3://b/x", kBytes, 1);
  ASSERT_TRUE(held);
  Spool second(files_, folder_.at("spool"));
  ASSERT_TRUE(second.folder_for("s3://b/t"));
  EXPECT_TRUE(std::filesystem::exists(held->path()));
}

}  // namespace
}  // namespace sluice::io
