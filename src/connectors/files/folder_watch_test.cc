#include "connectors/files/folder_watch.h"

#include <chrono>
#include <filesystem>

#include <gtest/gtest.h>

#include "support/faulty_file_system.h"
#include "support/temporary_folder.h"

namespace sluice::connectors {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

class AdvancedClock final : public Clock {
 public:
  Micros now() const override { return SystemClock().now() + micros; }
  std::chrono::nanoseconds steady() const override { return std::chrono::microseconds(micros); }
  bool sleep_until(std::chrono::nanoseconds, std::stop_token) const override { return true; }
  void pass(std::chrono::microseconds time) { micros += time.count(); }

  Micros micros = 0;
};

class FolderWatchTest : public testing::Test {
 protected:
  FolderWatchTest() {
    fs::create_directories(folder_.at("in/sub"));
    age("in");
    age("in/sub");
  }
  /// As if nothing had happened in it for an hour.
  void age(const std::string& name) {
    fs::last_write_time(folder_.at(name), fs::file_time_type::clock::now() - 1h);
  }
  void list(FolderWatch& watch, bool recursive = true, std::chrono::microseconds took = 0us) {
    ASSERT_TRUE(watch.list(folder_.at("in"), recursive, [&]() -> Status {
      clock_.pass(took);
      return {};
    }));
  }

  io::TemporaryFolder folder_;
  std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
  AdvancedClock clock_;
};

TEST_F(FolderWatchTest, AnIdleFolderIsListedNowAndThen) {
  FolderWatch watch(*files_, clock_);
  EXPECT_TRUE(watch.may_have_more());
  list(watch);
  clock_.pass(9s);
  EXPECT_FALSE(watch.may_have_more());
  clock_.pass(2s);
  EXPECT_TRUE(watch.may_have_more());
}

TEST_F(FolderWatchTest, AFileThatComesIsSeen) {
  FolderWatch watch(*files_, clock_);
  list(watch);
  folder_.put("in/a", "x");
  EXPECT_TRUE(watch.may_have_more());
  age("in");
  list(watch);
  EXPECT_FALSE(watch.may_have_more());
  folder_.put("in/sub/a", "x");
  EXPECT_TRUE(watch.may_have_more());
  age("in/sub");
  list(watch, /*recursive=*/false);
  folder_.put("in/sub/b", "x");
  EXPECT_FALSE(watch.may_have_more());
}

TEST_F(FolderWatchTest, AFolderThatComesOrGoesIsSeen) {
  FolderWatch watch(*files_, clock_);
  list(watch);
  fs::create_directory(folder_.at("in/sub/deeper"));
  EXPECT_TRUE(watch.may_have_more());
  age("in/sub");
  age("in/sub/deeper");
  list(watch);
  EXPECT_FALSE(watch.may_have_more());
  fs::remove_all(folder_.at("in"));
  EXPECT_TRUE(watch.may_have_more());
}

TEST_F(FolderWatchTest, ATimeThatMayStandForTwoChangesSaysNothing) {
  folder_.put("in/a", "x");
  FolderWatch watch(*files_, clock_);
  list(watch);
  EXPECT_TRUE(watch.may_have_more());
  clock_.pass(3s);
  list(watch);
  EXPECT_FALSE(watch.may_have_more());
}

TEST_F(FolderWatchTest, WithoutTimesListingsThatAreDearAreRare) {
  io::FaultyFileSystem files(*files_, folder_.path());
  FolderWatch watch(files, clock_);
  list(watch, true, 1ms);
  EXPECT_TRUE(watch.may_have_more());
  list(watch, true, 100ms);
  clock_.pass(1900ms);
  EXPECT_FALSE(watch.may_have_more());
  EXPECT_FALSE(watch.may_list_again());
  clock_.pass(100ms);
  EXPECT_TRUE(watch.may_have_more());
  EXPECT_TRUE(watch.may_list_again());
}

}  // namespace
}  // namespace sluice::connectors
