#include "engine/static_tables.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <unistd.h>

#include "sql/functions/open_database.h"

namespace sluice::engine {
namespace {

/// A table whose versions the test makes.
class VersionedTable final : public connector::StaticTable {
 public:
  explicit VersionedTable(const connector::TableVersion& version) : version_(version) {}
  Result<connector::TableVersion> newest() override { return version_; }

 private:
  const connector::TableVersion& version_;
};

/// A pipeline with one table, `t`, of Parquet files, read again after ten microseconds.
class StaticTablesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() /
              ("sluice_static_tables_" + std::to_string(getpid()));
    std::filesystem::create_directories(folder_);
    session_ = *(*database_)->connect();
    TablePart table;
    table.name = "t";
    table.refresh = 10;
    table.files = std::make_unique<VersionedTable>(version_);
    pipeline_.tables.push_back(std::move(table));
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  /// A Parquet file with the rows of `select` as the version's next file.
  void add_file(const std::string& select,
                std::map<std::string, std::optional<std::string>> partition = {}) {
    const std::string path =
        (folder_ / (std::to_string(version_.files.size()) + ".parquet")).string();
    const Status written = session_->execute("COPY (" + select + ") TO '" + path + "'");
    ASSERT_TRUE(written) << written.error().message();
    version_.files.push_back({path, std::move(partition)});
    version_.version = std::to_string(version_.files.size());
  }

  std::string rows() {
    auto result = session_->query("SELECT string_agg(t::VARCHAR, ' ' ORDER BY t) FROM t");
    return result ? result->values[0][0].value_or("") : result.error().message();
  }

  connector::TableVersion version_;
  std::filesystem::path folder_;
  Result<std::unique_ptr<sql::Database>> database_ = sql::open_database("", {.threads = 1});
  std::unique_ptr<sql::Session> session_;
  Pipeline pipeline_;
};

TEST_F(StaticTablesTest, IsReadAgainWhenItIsOlderThanRefresh) {
  add_file("SELECT 1 AS id");
  StaticTables tables(pipeline_, *session_);
  ASSERT_TRUE(tables.define());
  EXPECT_EQ(rows(), "");
  ASSERT_TRUE(tables.refresh(100, {}));
  EXPECT_EQ(rows(), "{'id': 1}");
  add_file("SELECT 2 AS id");
  ASSERT_TRUE(tables.refresh(109, {}));
  EXPECT_EQ(rows(), "{'id': 1}");
  ASSERT_TRUE(tables.refresh(110, {}));
  EXPECT_EQ(rows(), "{'id': 1} {'id': 2}");
}

TEST_F(StaticTablesTest, IsReadOnceWithoutRefresh) {
  pipeline_.tables[0].refresh = 0;
  add_file("SELECT 1 AS id");
  StaticTables tables(pipeline_, *session_);
  ASSERT_TRUE(tables.define());
  ASSERT_TRUE(tables.refresh(100, {}));
  add_file("SELECT 2 AS id");
  ASSERT_TRUE(tables.refresh(1'000'000, {}));
  EXPECT_EQ(rows(), "{'id': 1}");
}

TEST_F(StaticTablesTest, TellsWhetherRowsMayBeOthers) {
  add_file("SELECT 1 AS id");
  StaticTables tables(pipeline_, *session_);
  ASSERT_TRUE(tables.define());
  EXPECT_TRUE(*tables.refresh(100, {}));
  EXPECT_FALSE(*tables.refresh(110, {}));
  add_file("SELECT 2 AS id");
  EXPECT_TRUE(*tables.refresh(120, {}));
}

TEST_F(StaticTablesTest, OtherColumnsStopThePipeline) {
  add_file("SELECT 1 AS id");
  StaticTables tables(pipeline_, *session_);
  ASSERT_TRUE(tables.define());
  ASSERT_TRUE(tables.refresh(100, {}));
  add_file("SELECT 2 AS id, 'x' AS name");
  const auto changed = tables.refresh(110, {});
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().kind(), Kind::kUser);
  EXPECT_NE(changed.error().message().find("E_TABLE_CHANGED"), std::string::npos);
}

TEST_F(StaticTablesTest, SchemaOfALogTypesPartitionsAndOldFiles) {
  version_.schema = data::Schema({{"id", data::TypeId::kBigint},
                                  {"day", data::TypeId::kDate},
                                  {"name", data::TypeId::kVarchar}});
  add_file("SELECT 1 AS id", {{"day", "2024-01-02"}});
  add_file("SELECT 2 AS id, 'bob' AS name", {{"day", std::nullopt}});
  StaticTables tables(pipeline_, *session_);
  ASSERT_TRUE(tables.define());
  ASSERT_TRUE(tables.refresh(100, {}));
  EXPECT_EQ(rows(),
            "{'id': 1, 'day': 2024-01-02, 'name': NULL} {'id': 2, 'day': NULL, 'name': bob}");
}

TEST_F(StaticTablesTest, KnownSchemaNeedsNoFile) {
  version_.schema = data::Schema({{"id", data::TypeId::kBigint}});
  version_.version = "0";
  StaticTables tables(pipeline_, *session_);
  ASSERT_TRUE(tables.define());
  ASSERT_TRUE(tables.refresh(100, {}));
  EXPECT_EQ(rows(), "");
}

}  // namespace
}  // namespace sluice::engine
