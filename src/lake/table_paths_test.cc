// Paths in a log, and the path of a table, that are spelled in more than one way.

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "lake/log_actions.h"
#include "lake/readable.h"
#include "lake/table.h"
#include "support/temporary_folder.h"

namespace sluice::lake {
namespace {

namespace fs = std::filesystem;

class TablePaths : public testing::Test {
 protected:
  TablePaths() {
    definition_.schema.add({"a", data::TypeId::kBigint});
    definition_.id = "6e3b5ad0-0d3c-4d5c-9c3b-000000000000";
    definition_.engine = "sluice/test";
  }

  Table open() {
    auto table = Table::open(folder_, "sluice/test");
    EXPECT_TRUE(table) << table.error().message();
    return *std::move(table);
  }

  void create() {
    fs::create_directories(folder_ + "/_delta_log");
    EXPECT_TRUE(*open().create(*initial_entry(definition_)));
  }

  /// As another engine writes it.
  void put(int version, const std::string& actions) {
    char name[32];
    std::snprintf(name, sizeof name, "%020d.json", version);
    std::ofstream(folder_ + "/_delta_log/" + name) << actions;
  }
  static std::string add(const std::string& path) {
    return R"({"add":{"path":")" + path +
           R"(","partitionValues":{},"size":1,"modificationTime":1,"dataChange":true}})"
           "\n";
  }
  static std::string remove(const std::string& path) {
    return R"({"remove":{"path":")" + path +
           R"(","dataChange":true,"deletionTimestamp":1}})"
           "\n";
  }

  std::vector<std::string> live() {
    Table table = open();
    EXPECT_TRUE(*table.refresh());
    std::vector<std::string> paths;
    const auto files = table.files();
    EXPECT_TRUE(files) << files.error().message();
    for (const DataFile& file : *files) paths.push_back(file.path);
    return paths;
  }

  io::TemporaryFolder temporary_;
  std::string folder_ = temporary_.at("table");
  TableDefinition definition_;
};

TEST_F(TablePaths, AFileIsRemovedUnderAnotherSpelling) {
  const std::vector<std::string> spellings = {"/x/a%20b.parquet", "file:/x/a%20b.parquet",
                                              "file:///x/a%20b.parquet"};
  create();
  int version = 0;
  for (const std::string& added : spellings) {
    for (const std::string& removed : spellings) {
      put(++version, add(added));
      EXPECT_EQ(live(), std::vector{added});
      put(++version, remove(removed));
      EXPECT_EQ(live(), std::vector<std::string>()) << added << " " << removed;
    }
  }
}

TEST_F(TablePaths, AFileOfACheckpointIsRemovedUnderAnotherSpelling) {
  create();
  put(1, add("/x/a.parquet") + add("/x/b.parquet"));
  Table table = open();
  ASSERT_TRUE(*table.refresh());
  Commit commit;
  commit.adds = {R"({"path":"c.parquet","partitionValues":{},"size":1,"modificationTime":1})"};
  for (int i = 0; i < 9; ++i) ASSERT_TRUE(table.commit(commit)->committed) << i;
  ASSERT_TRUE(*table.checkpoint_if_due());
  put(11, remove("file:///x/a.parquet"));
  std::vector<std::string> left = live();
  std::ranges::sort(left);
  EXPECT_EQ(left, (std::vector<std::string>{"/x/b.parquet", "c.parquet"}));
}

TEST_F(TablePaths, PathsInAnEntryThatAreNoFilesStayAsTheyAre) {
  create();
  put(1, R"({"add":{"path":"a.parquet","partitionValues":{},"size":1,"modificationTime":1,)"
         R"("dataChange":true,"stats":"{\"numRecords\":1,\"minValues\":{\"a\":\"/x\"}}"}})"
         "\n");
  Table table = open();
  ASSERT_TRUE(*table.refresh());
  EXPECT_EQ(table.files()->at(0).stats, R"({"numRecords":1,"minValues":{"a":"/x"}})");
}

TEST_F(TablePaths, ATableMayLieUnderAnyName) {
  for (const char* name : {"a%20b", "100%", "back\\slash", "a b", "q?#&+", "%5C", "grün"}) {
    folder_ = temporary_.at(name);
    create();
    Table table = open();
    ASSERT_TRUE(*table.refresh()) << name;
    Commit commit;
    commit.adds = {R"({"path":"c.parquet","partitionValues":{},"size":1,"modificationTime":1})"};
    for (int i = 0; i < 10; ++i) {
      const auto outcome = table.commit(commit);
      ASSERT_TRUE(outcome) << name << ": " << outcome.error().message();
    }
    const auto written = table.checkpoint_if_due();
    ASSERT_TRUE(written) << name << ": " << written.error().message();
    EXPECT_EQ(live(), std::vector<std::string>{"c.parquet"}) << name;
    EXPECT_TRUE(fs::exists(folder_ + "/_delta_log/00000000000000000010.checkpoint.parquet"));
    EXPECT_EQ(data_path(folder_, "c.parquet"), folder_ + "/c.parquet");
  }
}

// It would fail the same way for ever, and nothing was written.
TEST_F(TablePaths, ALogThatCanBeNoFolderIsTheUsersError) {
  const auto expect_users = [this] {
    const auto created = open().create(*initial_entry(definition_));
    ASSERT_FALSE(created);
    EXPECT_EQ(created.error().kind(), Kind::kUser) << created.error().message();
  };
  folder_ = temporary_.at("file");
  temporary_.put("file/_delta_log", "x");
  expect_users();
  folder_ = temporary_.at("loop");
  fs::create_directories(folder_);
  fs::create_symlink("_delta_log", folder_ + "/_delta_log");
  expect_users();
}

}  // namespace
}  // namespace sluice::lake
