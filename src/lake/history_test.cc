#include "lake/history.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "lake/log_actions.h"

namespace sluice::lake {
namespace {

namespace fs = std::filesystem;

class HistoryTest : public testing::Test {
 protected:
  HistoryTest() {
    const std::string name = testing::UnitTest::GetInstance()->current_test_info()->name();
    folder_ = fs::temp_directory_path() / ("sluice-history-" + name + std::to_string(getpid()));
    fs::create_directories(folder_ / "_delta_log");
    TableDefinition definition;
    definition.schema.add({"a", data::TypeId::kBigint});
    definition.id = "6e3b5ad0-0d3c-4d5c-9c3b-000000000000";
    definition.created = 1'000'000;
    put(0, *initial_entry(definition));
    put(1, info(2000, "WRITE") + add("a.parquet") + add("b.parquet"));
    put(2, info(3000, "DELETE") + remove("a.parquet"));
    put(3, info(4000, "OPTIMIZE") + remove("b.parquet") + add("c.parquet"));
    table_ = std::make_unique<Table>(*Table::open(folder_.string(), "test"));
    EXPECT_TRUE(*table_->refresh());
  }
  ~HistoryTest() override { fs::remove_all(folder_); }

  void put(int version, const std::string& entry) const {
    char name[32];
    std::snprintf(name, sizeof name, "%020d.json", version);
    std::ofstream(folder_ / "_delta_log" / name) << entry;
  }
  static std::string info(int ms, const std::string& operation) {
    return R"({"commitInfo":{"timestamp":)" + std::to_string(ms) + R"(,"operation":")" + operation +
           R"(","operationMetrics":{"numFiles":"2"}}})"
           "\n";
  }
  static std::string add(const std::string& path) {
    return R"({"add":{"path":")" + path +
           R"(","partitionValues":{},"size":1,"modificationTime":1,"dataChange":true}})"
           "\n";
  }
  static std::string remove(const std::string& path) {
    return R"({"remove":{"path":")" + path +
           R"(","deletionTimestamp":1,"dataChange":true}})"
           "\n";
  }

  using Paths = std::set<std::string>;
  fs::path folder_;
  std::unique_ptr<Table> table_;
};

TEST_F(HistoryTest, TellsTheNewestCommitsFirst) {
  const auto found = history(*table_, 2);
  ASSERT_TRUE(found) << found.error().message();
  ASSERT_EQ(found->size(), 2U);
  EXPECT_EQ((*found)[0].version, 3);
  EXPECT_EQ((*found)[0].operation, "OPTIMIZE");
  EXPECT_EQ((*found)[1].timestamp_ms, 3000);
  EXPECT_EQ((*found)[1].metrics[0].second, "2");
}

TEST_F(HistoryTest, FindsTheVersionOfAMoment) {
  EXPECT_EQ(*version_at(*table_, 3000), 2);
  EXPECT_EQ(*version_at(*table_, 3999), 2);
  EXPECT_EQ(*version_at(*table_, 9000), 3);
  EXPECT_EQ(version_at(*table_, 10).error().kind(), Kind::kUser);
}

TEST_F(HistoryTest, NamesTheFilesThatWereRemovedSince) {
  EXPECT_EQ(*needed_since(*table_, 4000), Paths{"b.parquet"});
  EXPECT_EQ(*needed_since(*table_, 3000), (Paths{"a.parquet", "b.parquet"}));
  EXPECT_EQ(*needed_since(*table_, 5000), Paths());
}

TEST_F(HistoryTest, ALogThatEndsTooSoonIsAnError) {
  fs::remove(folder_ / "_delta_log/00000000000000000001.json");
  EXPECT_EQ(needed_since(*table_, 0).error().kind(), Kind::kUser);
  EXPECT_EQ(*needed_since(*table_, 4000), Paths{"b.parquet"});
}

TEST_F(HistoryTest, NamesVectorsAndChangeDataOfThatTime) {
  const std::string vector =
      R"(,"deletionVector":{"storageType":"u","pathOrInlineDv":"ab^-aqEH.-t@S}K{vb[*k^",)"
      R"("offset":4,"sizeInBytes":40,"cardinality":6}}})"
      "\n";
  std::string removed = remove("c%20d.parquet");
  removed.replace(removed.rfind("}}"), 3, vector);
  put(4, info(5000, "DELETE") + removed +
             R"({"cdc":{"path":"_change_data/x.parquet","partitionValues":{},"size":1,)"
             R"("dataChange":false}})"
             "\n");
  EXPECT_TRUE(*table_->refresh());
  const auto found = needed_since(*table_, 5000);
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_EQ(*found, (Paths{"c d.parquet", "_change_data/x.parquet",
                           "ab/deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin"}));
}

}  // namespace
}  // namespace sluice::lake
