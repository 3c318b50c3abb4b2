// A table whose log goes wrong at random: what a commit says of itself must be true.

#include <filesystem>
#include <set>

#include <gtest/gtest.h>

#include "lake/log_actions.h"
#include "lake/table.h"
#include "support/store_faults.h"
#include "support/temporary_folder.h"

namespace sluice::lake {
namespace {

class TableFaults : public testing::Test {
 protected:
  TableFaults() {
    definition_.schema.add({"a", data::TypeId::kBigint});
    definition_.id = "6e3b5ad0-0d3c-4d5c-9c3b-000000000000";
    definition_.engine = "sluice/test";
    std::filesystem::create_directories(folder_.at("_delta_log"));
    auto table = Table::open(folder_.path(), "sluice/test");
    EXPECT_TRUE(*table->create(*initial_entry(definition_)));
  }
  ~TableFaults() override { io::inject_store_faults(0, 0); }

  static std::string path_of(int number) { return R"("path":")" + std::to_string(number) + "\""; }

  static Commit append(int number) {
    Commit commit;
    commit.adds = {"{" + path_of(number) +
                   R"(,"partitionValues":{},"size":1,"modificationTime":1})"};
    return commit;
  }

  std::string entry(std::int64_t version) const {
    std::string name = std::to_string(version);
    name.insert(0, 20 - name.size(), '0');
    const auto content =
        io::make_local_file_system()->read(folder_.at("_delta_log/" + name + ".json"));
    EXPECT_TRUE(content) << version;
    return content ? *content : "";
  }

  io::TemporaryFolder folder_;
  TableDefinition definition_;
};

// "Not committed" says that another writer's entry is there, and there is no other writer.
TEST_F(TableFaults, NoOwnCommitIsTakenForAnothers) {
  io::inject_store_faults(7, 200);
  auto table = Table::open(folder_.path(), "sluice/test");
  std::set<std::string> in_table;
  for (int number = 0; number < 100; ++number) {
    if (const auto there = table->refresh(); !there) continue;
    const auto outcome = table->commit(append(number));
    if (!outcome) {
      EXPECT_EQ(outcome.error().kind(), Kind::kUnknownOutcome) << outcome.error().message();
    } else if (outcome->committed) {
      in_table.insert(std::to_string(number));
    } else {
      // An earlier one, whose outcome was unknown, has come late.
      EXPECT_EQ(entry(outcome->version).find(path_of(number)), std::string::npos) << number;
    }
  }
  EXPECT_GT(io::inject_store_faults(0, 0), 20U);
  EXPECT_GT(in_table.size(), 30U);
  ASSERT_TRUE(*table->refresh());
  const auto files = table->files();
  ASSERT_TRUE(files) << files.error().message();
  for (const DataFile& file : *files) in_table.erase(file.path);
  EXPECT_EQ(in_table, std::set<std::string>());
}

TEST_F(TableFaults, AnEntryOfOursIsNotAnothers) {
  auto table = Table::open(folder_.path(), "sluice/test");
  ASSERT_TRUE(*table->refresh());
  EXPECT_TRUE(*table->create(*initial_entry(definition_)));
  definition_.id = "another";
  EXPECT_FALSE(*table->create(*initial_entry(definition_)));
}

}  // namespace
}  // namespace sluice::lake
