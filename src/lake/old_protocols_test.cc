// Tables of the writer versions that stand for features which the table does not use.

#include <filesystem>

#include <gtest/gtest.h>

#include "lake/log_actions.h"
#include "lake/new_columns.h"
#include "lake/table.h"
#include "support/temporary_folder.h"

namespace sluice::lake {
namespace {

namespace fs = std::filesystem;

class OldProtocol : public testing::TestWithParam<std::string> {
 protected:
  /// A table with the protocol of the test in the place of ours.
  void create(bool mapped) {
    fs::create_directories(folder_.at("_delta_log"));
    TableDefinition definition;
    definition.schema.add({"a", data::TypeId::kBigint});
    if (mapped) definition.configuration["delta.columnMapping.mode"] = "name";
    definition.configuration["delta.checkpointInterval"] = "3";
    definition.id = "6e3b5ad0-0d3c-4d5c-9c3b-000000000000";
    definition.engine = "sluice/test";
    std::string entry = *initial_entry(definition);
    const std::size_t begin = entry.find(R"({"protocol")");
    entry.replace(begin, entry.find('\n', begin) - begin, R"({"protocol":)" + GetParam() + "}");
    EXPECT_TRUE(*open().create(entry));
  }

  Table open() {
    auto table = Table::open(folder_.path(), "sluice/test");
    EXPECT_TRUE(table) << table.error().message();
    return *std::move(table);
  }

  static Commit append(const std::string& path) {
    Commit commit;
    commit.adds = {R"({"path":")" + path + R"(","partitionValues":{},"size":1,)" +
                   R"("modificationTime":1})"};
    return commit;
  }

  static Commit with_new_column(const Table& table) {
    Commit commit = append("2");
    data::Schema wanted = table.state().schema.columns;
    wanted.add({"b", data::TypeId::kVarchar});
    commit.new_columns = *missing_columns(wanted, table.state());
    return commit;
  }

  io::TemporaryFolder folder_;
};

TEST_P(OldProtocol, IsKept) {
  create(GetParam().find(":2,") != std::string::npos);
  Table table = open();
  ASSERT_TRUE(*table.refresh());
  const std::string protocol = table.state().protocol_json;
  const auto first = table.commit(append("1"));
  ASSERT_TRUE(first) << first.error().message();
  ASSERT_TRUE(table.commit(with_new_column(table))->committed);
  Commit rewrite = append("3");
  rewrite.removes = {"1", "2"};
  ASSERT_TRUE(table.commit(rewrite)->committed);
  EXPECT_EQ(table.state().protocol_json, protocol);
  ASSERT_TRUE(*table.checkpoint_if_due());
  for (int version = 0; version < 3; ++version) {
    fs::remove(folder_.at("_delta_log/0000000000000000000" + std::to_string(version) + ".json"));
  }
  Table other = open();
  ASSERT_TRUE(*other.refresh());
  EXPECT_EQ(other.state().protocol_json, protocol);
  EXPECT_EQ(other.state().schema.columns.size(), 2U);
  ASSERT_EQ(other.files()->size(), 1U);
  EXPECT_EQ((*other.files())[0].path, "3");
  EXPECT_TRUE(other.commit(append("4"))->committed);
}

INSTANTIATE_TEST_SUITE_P(
    Versions, OldProtocol,
    testing::Values(R"({"minReaderVersion":1,"minWriterVersion":3})",
                    R"({"minReaderVersion":1,"minWriterVersion":4})",
                    R"({"minReaderVersion":1,"minWriterVersion":6})",
                    R"({"minReaderVersion":2,"minWriterVersion":5})",
                    R"({"minReaderVersion":2,"minWriterVersion":6})",
                    R"({"minReaderVersion":1,"minWriterVersion":7,"writerFeatures":)"
                    R"(["appendOnly","checkConstraints","generatedColumns","identityColumns"]})"));

// A constraint that comes between two commits asks for the second one.
TEST(OldProtocolInUse, IsRefusedAtEachCommit) {
  const io::TemporaryFolder folder;
  fs::create_directories(folder.at("_delta_log"));
  TableDefinition definition;
  definition.schema.add({"a", data::TypeId::kBigint});
  definition.id = "6e3b5ad0-0d3c-4d5c-9c3b-000000000000";
  definition.configuration["delta.constraints.positive"] = "a > 0";
  auto table = Table::open(folder.path(), "sluice/test");
  ASSERT_TRUE(*table->create(*initial_entry(definition)));
  ASSERT_TRUE(*table->refresh());
  const auto outcome = table->commit({});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind(), Kind::kUser);
  EXPECT_NE(outcome.error().message().find("CHECK constraint positive"), std::string::npos);
}

}  // namespace
}  // namespace sluice::lake
