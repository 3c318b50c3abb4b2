// What the file system of this machine has made durable by the time it answers: fsync is taken over
// here, for the whole test program, and noted.

#include <array>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "io/file_system.h"
#include "support/temporary_folder.h"

namespace sluice::io {
namespace {

thread_local std::function<void(const std::string& path)> on_sync;

std::string path_of(int descriptor) {
  std::error_code failed;
  return std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(descriptor), failed);
}

}  // namespace
}  // namespace sluice::io

extern "C" int fsync(int descriptor) {
  if (sluice::io::on_sync) sluice::io::on_sync(sluice::io::path_of(descriptor));
  return static_cast<int>(::syscall(SYS_fsync, descriptor));
}

namespace sluice::io {
namespace {

/// Syncs in their order: "file" of any file, else the folder's name, with "+" when `watched` was
/// there by then.
class SyncedPaths : public testing::Test {
 protected:
  SyncedPaths() {
    on_sync = [this](const std::string& path) {
      const bool is_folder = std::filesystem::is_directory(path);
      synced_.push_back((is_folder ? path.substr(folder_.path().size()) + "/" : "file") +
                        (std::filesystem::exists(folder_.at(watched_)) ? "+" : ""));
    };
  }
  ~SyncedPaths() override { on_sync = nullptr; }

  using Paths = std::vector<std::string>;
  io::TemporaryFolder folder_;
  std::unique_ptr<FileSystem> files_ = make_local_file_system();
  std::string watched_ = "a";
  Paths synced_;
};

TEST_F(SyncedPaths, AFileIsDurableBeforeItHasItsNameAndThenItsName) {
  ASSERT_TRUE(files_->write_atomic(folder_.at("a"), "1"));
  EXPECT_EQ(synced_, (Paths{"file", "/+"}));
}

TEST_F(SyncedPaths, SoIsOneThatMustBeNew) {
  ASSERT_TRUE(*files_->write_if_absent(folder_.at("a"), "1"));
  EXPECT_EQ(synced_, (Paths{"file", "/+"}));
}

TEST_F(SyncedPaths, EachNewFolderIsDurableInItsParent) {
  watched_ = "x/y";
  ASSERT_TRUE(files_->make_folders(folder_.at("x/y")));
  EXPECT_EQ(synced_, (Paths{"/", "/x/+"}));
}

TEST_F(SyncedPaths, WhatIsToBeSyncedIs) {
  folder_.put("a", "1");
  ASSERT_TRUE(files_->sync(folder_.at("a")));
  ASSERT_TRUE(files_->sync(folder_.path()));
  EXPECT_EQ(synced_, (Paths{"file+", "/+"}));
}

}  // namespace
}  // namespace sluice::io
