#include "connectors/delta/delta_table.h"

#include <gtest/gtest.h>

#include "support/temporary_folder.h"

namespace sluice::connectors {
namespace {

class DeltaTableTest : public testing::Test {
 protected:
  DeltaTableTest() {
    commit(0,
           R"({"protocol":{"minReaderVersion":1,"minWriterVersion":2}})"
           "\n"
           R"({"metaData":{"id":"t","format":{"provider":"parquet","options":{}},"schemaString":)"
           R"("{\"type\":\"struct\",\"fields\":[{\"name\":\"id\",\"type\":\"long\",)"
           R"(\"nullable\":true,\"metadata\":{}}]}","partitionColumns":[],"configuration":{}}})");
    commit(1, R"({"add":{"path":"a","partitionValues":{},"size":4,"modificationTime":1,)"
              R"("dataChange":true}})");
    folder_.put("a", "PAR1");
  }

  void commit(int version, const std::string& actions) {
    folder_.put("_delta_log/0000000000000000000" + std::to_string(version) + ".json", actions);
  }

  /// The version's number and its files' count: "1: 1"; or the message of the error.
  std::string newest(const std::string& option = "", const std::string& value = "") {
    std::vector<ConfigValue::Entry> given = {
        {"path", {}, ConfigValue::scalar(folder_.path(), true, {})}};
    if (!option.empty()) given.push_back({option, {}, ConfigValue::scalar(value, false, {})});
    const connector::TableKind kind = delta_table_kind();
    const auto options =
        Options::validate(kind.options, ConfigValue::map(std::move(given), {}), "the table");
    if (!options) return options.error().message();
    const auto table = kind.make(*options, connector::Context{"p", "t", clock_, random_, *files_});
    if (!table) return table.error().message();
    const auto version = (*table)->newest();
    if (!version) return version.error().message();
    return version->version + ": " + std::to_string(version->files.size());
  }

  io::TemporaryFolder folder_;
  std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
  SystemClock clock_;
  SystemRandom random_;
};

TEST_F(DeltaTableTest, NewestOrPinned) {
  EXPECT_EQ(newest(), "1: 1");
  EXPECT_EQ(newest("version", "0"), "0: 0");
  EXPECT_EQ(newest("version", "1"), "1: 1");
}

TEST_F(DeltaTableTest, TimeIsAVersion) {
  EXPECT_EQ(newest("timestamp", "2999-01-01"), "1: 1");
  EXPECT_NE(newest("timestamp", "2001-01-01").find("out of range"), std::string::npos);
}

TEST_F(DeltaTableTest, MissingVersionIsNamed) {
  EXPECT_NE(newest("version", "7").find("no version 7, the newest is 1"), std::string::npos);
}

TEST_F(DeltaTableTest, CleanedUpVersionIsNamed) {
  ASSERT_TRUE(files_->remove(folder_.at("a")));
  EXPECT_NE(newest("version", "1").find("E_FILE_GONE"), std::string::npos);
}

}  // namespace
}  // namespace sluice::connectors
