#include "connectors/delta/unused_files.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "lake/log_actions.h"
#include "support/temporary_folder.h"

namespace sluice::connectors {
namespace {

class UnusedFiles : public testing::Test {
 protected:
  UnusedFiles() {
    lake::TableDefinition definition;
    definition.schema.add({"a", data::TypeId::kBigint});
    definition.id = "an id";
    definition.configuration["delta.checkpointInterval"] = "2";
    std::filesystem::create_directories(folder_.at("_delta_log"));
    table_ = *lake::Table::open(folder_.path(), "sluice/test");
    EXPECT_TRUE(*table_->create(*lake::initial_entry(definition)));
    EXPECT_TRUE(*table_->refresh());
    for (const std::string& name : written_) folder_.put(name, "rows");
  }

  void commit(const std::vector<std::string>& adds, const std::vector<std::string>& removes) {
    lake::Commit commit;
    for (const std::string& path : adds) {
      commit.adds.push_back(R"({"path":")" + path +
                            R"(","partitionValues":{},"size":4,"modificationTime":1})");
    }
    commit.removes = removes;
    const auto outcome = table_->commit(commit);
    ASSERT_TRUE(outcome && outcome->committed);
  }

  std::vector<std::string> left() const {
    std::vector<std::string> names;
    for (const std::string& name : written_) {
      if (std::filesystem::exists(folder_.at(name))) names.push_back(name);
    }
    return names;
  }

  Status remove_unused() {
    return remove_unused_files(*table_, 0, folder_.path(), written_, *files_);
  }

  const std::vector<std::string> written_ = {"a b.parquet", "c.parquet", "day=1/d.parquet"};
  io::TemporaryFolder folder_;
  std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
  std::optional<lake::Table> table_;
};

TEST_F(UnusedFiles, GoWhenNoVersionHasThem) {
  commit({"theirs.parquet"}, {});
  EXPECT_TRUE(remove_unused());
  EXPECT_EQ(left(), std::vector<std::string>());
}

TEST_F(UnusedFiles, AreNotThoseOfTheNewestVersion) {
  commit({"a%20b.parquet", "day=1/d.parquet"}, {});
  EXPECT_TRUE(remove_unused());
  EXPECT_EQ(left(), (std::vector<std::string>{"a b.parquet", "day=1/d.parquet"}));
}

TEST_F(UnusedFiles, AreNotThoseOfAnOlderVersion) {
  commit({"c.parquet"}, {});
  commit({}, {"c.parquet"});
  EXPECT_TRUE(remove_unused());
  EXPECT_EQ(left(), std::vector<std::string>{"c.parquet"});
}

TEST_F(UnusedFiles, StayWhereAnEntryIsGone) {
  commit({"c.parquet"}, {});
  commit({}, {"c.parquet"});
  // Cleaned up, after a checkpoint.
  ASSERT_TRUE(*table_->checkpoint_if_due());
  std::filesystem::remove(folder_.at("_delta_log/00000000000000000001.json"));
  const Status done = remove_unused();
  EXPECT_TRUE(done) << done.error().message();
  EXPECT_EQ(left(), written_);
}

}  // namespace
}  // namespace sluice::connectors
