#include "lake/table.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "lake/log_actions.h"

namespace sluice::lake {
namespace {

namespace fs = std::filesystem;

class TableTest : public testing::Test {
 protected:
  void SetUp() override {
    const std::string name = testing::UnitTest::GetInstance()->current_test_info()->name();
    folder_ = fs::temp_directory_path() / ("sluice-table-" + name + std::to_string(getpid()));
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "_delta_log");
    definition_.schema.add({"a", data::TypeId::kBigint});
    definition_.id = "6e3b5ad0-0d3c-4d5c-9c3b-000000000000";
    definition_.engine = "sluice/test";
    definition_.created = 1'700'000'000'000'000;
  }
  void TearDown() override { fs::remove_all(folder_); }

  Table open() {
    auto table = Table::open(folder_.string(), "sluice/test");
    EXPECT_TRUE(table) << table.error().message();
    return *std::move(table);
  }

  Table created() {
    Table table = open();
    EXPECT_TRUE(*table.create(*initial_entry(definition_)));
    EXPECT_TRUE(*table.refresh());
    return table;
  }

  Commit append(const std::string& path, std::int64_t batch) const {
    Commit commit;
    NewFile file;
    file.path = path;
    file.bytes = 100;
    file.rows = 3;
    file.statistics["a"] = {"1", "9", 0};
    commit.adds = {*add_action(file, definition_.schema)};
    commit.app_id = "pipeline/sink";
    commit.app_version = batch;
    commit.user_metadata = "batch " + std::to_string(batch);
    commit.parameters = {{"outputMode", "Append"}};
    return commit;
  }

  std::string entry(int version) const {
    char name[32];
    std::snprintf(name, sizeof name, "%020d.json", version);
    std::ifstream in(folder_ / "_delta_log" / name);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  /// What a clean-up leaves: nothing before the newest checkpoint.
  void clean_log(std::int64_t before) {
    char name[32];
    std::snprintf(name, sizeof name, "%020lld", static_cast<long long>(before));
    for (const auto& file : fs::directory_iterator(folder_ / "_delta_log")) {
      const std::string other = file.path().filename();
      if (other[0] != '_' && other.substr(0, 20) < name) fs::remove(file.path());
    }
  }

  fs::path folder_;
  TableDefinition definition_;
};

TEST_F(TableTest, IsNotThereBeforeCreate) {
  Table table = open();
  EXPECT_FALSE(*table.refresh());
  EXPECT_TRUE(*table.create(*initial_entry(definition_)));
  TableDefinition another = definition_;
  another.id = "6e3b5ad0-0d3c-4d5c-9c3b-000000000001";
  EXPECT_FALSE(*table.create(*initial_entry(another)));
  ASSERT_TRUE(*table.refresh());
  EXPECT_EQ(table.state().id, definition_.id);
  EXPECT_EQ(table.state().version, 0);
  EXPECT_EQ(table.state().min_reader_version, 1);
  EXPECT_EQ(table.state().min_writer_version, 2);
  EXPECT_EQ(table.state().schema.columns, definition_.schema);
}

TEST_F(TableTest, CommitIsSeenWithItsTxn) {
  Table table = created();
  EXPECT_EQ(*table.app_version("pipeline/sink"), std::nullopt);
  const auto outcome = table.commit(append("x 1.parquet", 4));
  ASSERT_TRUE(outcome) << outcome.error().message();
  EXPECT_TRUE(outcome->committed);
  EXPECT_EQ(outcome->version, 1);
  Table other = open();
  ASSERT_TRUE(*other.refresh());
  EXPECT_EQ(*other.app_version("pipeline/sink"), 4);
  EXPECT_EQ(*other.user_metadata("pipeline/sink", 4), "batch 4");
  EXPECT_EQ(*other.user_metadata("pipeline/sink", 3), std::nullopt);
  const auto files = other.files();
  ASSERT_TRUE(files) << files.error().message();
  ASSERT_EQ(files->size(), 1U);
  EXPECT_EQ((*files)[0].rows, 3);
}

TEST_F(TableTest, TxnIsFollowedThroughTheCommitsOfOthers) {
  Table one = created();
  Table two = open();
  ASSERT_TRUE(*two.refresh());
  EXPECT_EQ(*two.app_version("pipeline/sink"), std::nullopt);
  EXPECT_TRUE(one.commit(append("1.parquet", 7))->committed);
  EXPECT_EQ(*two.app_version("pipeline/sink"), std::nullopt) << "the snapshot is an older one";
  Commit foreign = append("2.parquet", 900);
  foreign.app_id = "another";
  EXPECT_TRUE(one.commit(foreign)->committed);
  ASSERT_TRUE(*two.refresh());
  EXPECT_EQ(*two.app_version("pipeline/sink"), 7);
  EXPECT_EQ(*two.app_version("another"), 900);
  EXPECT_TRUE(two.commit(append("3.parquet", 8))->committed);
  EXPECT_EQ(*two.app_version("pipeline/sink"), 8);
  ASSERT_TRUE(*one.refresh());
  EXPECT_EQ(*one.app_version("pipeline/sink"), 8);
}

TEST_F(TableTest, TxnOutlivesItsLogEntry) {
  definition_.configuration = {{"delta.checkpointInterval", "2"}};
  Table table = created();
  ASSERT_TRUE(table.commit(append("1.parquet", 4))->committed);
  Commit foreign = append("2.parquet", 1);
  foreign.app_id = "another";
  ASSERT_TRUE(table.commit(foreign)->committed);
  ASSERT_TRUE(*table.checkpoint_if_due());
  clean_log(2);
  Table other = open();
  ASSERT_TRUE(*other.refresh());
  EXPECT_EQ(*other.app_version("pipeline/sink"), 4);
  EXPECT_EQ(*other.entry_of("pipeline/sink", 4), std::nullopt);
}

TEST_F(TableTest, TableWhoseNewestEntryWasCleanedUpIsStillThere) {
  definition_.configuration = {{"delta.checkpointInterval", "1"}};
  Table table = created();
  ASSERT_TRUE(table.commit(append("1.parquet", 4))->committed);
  ASSERT_TRUE(*table.checkpoint_if_due());
  clean_log(1);
  fs::remove(folder_ / "_delta_log" / "00000000000000000001.json");
  const auto there = table.refresh();
  ASSERT_TRUE(there) << there.error().message();
  EXPECT_EQ(*table.app_version("pipeline/sink"), 4);
  EXPECT_TRUE(table.commit(append("2.parquet", 5))->committed);
}

TEST_F(TableTest, WalkBackForATxnIsBounded) {
  Table one = created();
  Table met = open();
  ASSERT_TRUE(*met.refresh());
  ASSERT_EQ(*met.app_version("pipeline/sink"), std::nullopt);
  ASSERT_TRUE(one.commit(append("1.parquet", 4))->committed);
  for (int i = 0; i < 100; ++i) {
    Commit foreign = append("f" + std::to_string(i), i);
    foreign.app_id = "another";
    ASSERT_TRUE(one.commit(foreign)->committed);
    if (i % 50 != 0) continue;
    ASSERT_TRUE(*met.refresh());
    ASSERT_EQ(*met.app_version("pipeline/sink"), 4);
  }
  Table other = open();
  ASSERT_TRUE(*other.refresh());
  EXPECT_EQ(*other.app_version("pipeline/sink"), 4);
  EXPECT_EQ(*other.user_metadata("pipeline/sink", 4), std::nullopt);
  ASSERT_TRUE(*met.refresh());
  EXPECT_EQ(*met.app_version("pipeline/sink"), 4);
  EXPECT_EQ(*met.user_metadata("pipeline/sink", 4), "batch 4") << "it was met on the way";
}

TEST_F(TableTest, LostRaceIsAValue) {
  Table one = created();
  Table two = open();
  ASSERT_TRUE(*two.refresh());
  EXPECT_TRUE(one.commit(append("1.parquet", 0))->committed);
  EXPECT_FALSE(two.commit(append("2.parquet", 0))->committed);
  ASSERT_TRUE(*two.refresh());
  EXPECT_EQ(two.state().version, 1);
  EXPECT_TRUE(two.commit(append("2.parquet", 1))->committed);
  EXPECT_EQ(two.files()->size(), 2U);
}

TEST_F(TableTest, ReplaceAllLeavesTheNewFiles) {
  Table table = created();
  EXPECT_TRUE(table.commit(append("1.parquet", 0))->committed);
  EXPECT_TRUE(table.commit(append("2.parquet", 1))->committed);
  Commit commit = append("3.parquet", 2);
  commit.replace_all = true;
  const auto outcome = table.commit(commit);
  ASSERT_TRUE(outcome) << outcome.error().message();
  EXPECT_EQ(outcome->files_removed, 2);
  ASSERT_EQ(table.files()->size(), 1U);
  EXPECT_EQ((*table.files())[0].path, "3.parquet");
  EXPECT_EQ(table.files(2)->size(), 2U);
}

TEST_F(TableTest, FileWithDeletedRowsIsRemovedAsSuch) {
  // The rows 1 and 3, inline, as Spark writes them.
  const std::string vector =
      R"({"storageType":"i","pathOrInlineDv":"^Bg9^0rr910000000000iXQKl0rr91000315c8Xg0rri4",)"
      R"("sizeInBytes":36,"cardinality":2})";
  std::ofstream(folder_ / "_delta_log" / "00000000000000000000.json")
      << R"({"protocol":{"minReaderVersion":3,"minWriterVersion":7,)"
         R"("readerFeatures":["deletionVectors"],"writerFeatures":["deletionVectors"]}})"
      << '\n'
      << R"({"metaData":{"id":"x","format":{"provider":"parquet","options":{}},"schemaString":)"
         R"("{\"type\":\"struct\",\"fields\":[{\"name\":\"a\",\"type\":\"long\",)"
         R"(\"nullable\":true,\"metadata\":{}}]}","partitionColumns":[],"configuration":{}}})"
      << '\n'
      << R"({"add":{"path":"1","partitionValues":{},"size":9,"modificationTime":1,)"
         R"("dataChange":true,"stats":"{\"numRecords\":5}","deletionVector":)"
      << vector << "}}\n";
  Table table = open();
  ASSERT_TRUE(*table.refresh());
  const DataFile file = (*table.files())[0];
  EXPECT_EQ(file.deleted_rows, 2);
  EXPECT_EQ(*table.deleted_rows(file.deletion_vector), (std::vector<std::uint64_t>{1, 3}));
  Commit commit = append("2", 0);
  commit.removes = {"1"};
  ASSERT_TRUE(table.commit(commit)->committed);
  EXPECT_NE(entry(1).find("iXQKl0rr91000315c8Xg0rri4"), std::string::npos) << entry(1);
}

TEST_F(TableTest, EmptyCommitMovesTheTxn) {
  Table table = created();
  Commit commit = append("x", 0);
  commit.adds.clear();
  const auto outcome = table.commit(commit);
  ASSERT_TRUE(outcome) << outcome.error().message();
  EXPECT_EQ(*table.app_version("pipeline/sink"), 0);
}

TEST_F(TableTest, CheckpointsEveryTenVersions) {
  Table table = created();
  for (int i = 0; i < 25; ++i) {
    ASSERT_TRUE(table.commit(append("f" + std::to_string(i), i))->committed);
    const auto written = table.checkpoint_if_due();
    ASSERT_TRUE(written) << written.error().message();
    EXPECT_EQ(*written, table.state().version % 10 == 0) << i;
  }
  EXPECT_TRUE(fs::exists(folder_ / "_delta_log" / "00000000000000000020.checkpoint.parquet"));
  Table other = open();
  ASSERT_TRUE(*other.refresh());
  EXPECT_EQ(other.state().version, 25);
  EXPECT_EQ(*other.app_version("pipeline/sink"), 24);
  EXPECT_EQ(other.files()->size(), 25U);
}

TEST_F(TableTest, CheckpointIntervalOfTheTableIsKeptTo) {
  definition_.configuration = {{"delta.checkpointInterval", "3"}};
  Table table = created();
  for (int i = 0; i < 7; ++i) {
    ASSERT_TRUE(table.commit(append("f" + std::to_string(i), i))->committed);
    EXPECT_EQ(*table.checkpoint_if_due(), table.state().version % 3 == 0) << i;
  }
}

TEST_F(TableTest, LargeCheckpointsAreWrittenLessOften) {
  Table table = created();
  Commit many = append("x", 0);
  const std::string add = many.adds[0];
  many.adds.clear();
  for (int i = 0; i < 14000; ++i) {
    std::string one = add;
    one.insert(one.find("\"x\"") + 1, std::to_string(i * 2654435761U));
    many.adds.push_back(std::move(one));
  }
  ASSERT_TRUE(table.commit(many)->committed);
  std::vector<std::int64_t> written;
  std::int64_t bytes = 0;
  for (int i = 1; written.size() < 2 && i < 100; ++i) {
    ASSERT_TRUE(table.commit(append("f" + std::to_string(i), i))->committed);
    if (!*table.checkpoint_if_due()) continue;
    written.push_back(table.state().version);
    if (written.size() == 1) bytes = table.state().checkpoint_bytes;
  }
  EXPECT_GT(bytes, 11 * (4 << 10));
  EXPECT_EQ(written, (std::vector<std::int64_t>{10, 10 + bytes / (4 << 10)}));
}

TEST_F(TableTest, MissedCheckpointIsMadeUpFor) {
  Table table = created();
  for (int i = 0; i < 12; ++i) ASSERT_TRUE(table.commit(append("f" + std::to_string(i), i)));
  EXPECT_TRUE(*table.checkpoint_if_due());
  EXPECT_EQ(table.state().checkpoint_version, 12);
  EXPECT_FALSE(*table.checkpoint_if_due());
}

TEST_F(TableTest, RemovedTableIsCorruption) {
  Table table = created();
  ASSERT_TRUE(table.commit(append("1", 0))->committed);
  fs::remove_all(folder_);
  const auto refreshed = table.refresh();
  ASSERT_FALSE(refreshed);
  EXPECT_EQ(refreshed.error().kind(), Kind::kCorruption);
}

TEST_F(TableTest, TornEntryIsCorruption) {
  Table table = created();
  ASSERT_TRUE(table.commit(append("1", 0))->committed);
  std::ofstream(folder_ / "_delta_log" / "00000000000000000001.json") << "{\"add\":{\"path";
  Table other = open();
  const auto refreshed = other.refresh();
  ASSERT_FALSE(refreshed);
  EXPECT_EQ(refreshed.error().kind(), Kind::kCorruption);
}

}  // namespace
}  // namespace sluice::lake
