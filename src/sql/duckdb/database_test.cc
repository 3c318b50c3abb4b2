#include "sql/duckdb/database.h"

#include <filesystem>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "data/type.h"

namespace sluice::sql {
namespace {

std::unique_ptr<Database> open_memory() {
  auto database = Database::open_bare("", {});
  EXPECT_TRUE(database) << database.error().message();
  return *std::move(database);
}

class DatabaseTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto session = database_->connect();
    ASSERT_TRUE(session) << session.error().message();
    session_ = *std::move(session);
  }

  std::string text(const std::string& sql) {
    auto value = session_->value(sql);
    if (!value) return "error: " + value.error().message();
    return value->value_or("NULL");
  }

  Kind kind(const std::string& sql) {
    auto rows = session_->query(sql);
    EXPECT_FALSE(rows) << sql;
    return rows ? Kind::kInternal : rows.error().kind();
  }

  std::unique_ptr<Database> database_ = open_memory();
  std::unique_ptr<Session> session_;
};

TEST_F(DatabaseTest, QueryGivesTheRowsOfTheLastStatement) {
  EXPECT_EQ(text("SELECT 1; SELECT 2"), "2");
}

TEST_F(DatabaseTest, RowsAreText) {
  auto rows = session_->query("SELECT 1 AS a, NULL AS b, 1.50::DECIMAL(5,2) AS c");
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->columns, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(rows->values[0][0], "1");
  EXPECT_EQ(rows->values[0][1], std::nullopt);
  EXPECT_EQ(rows->values[0][2], "1.50");
}

TEST_F(DatabaseTest, TextKeepsNulBytes) {
  auto value = session_->value("SELECT 'a' || chr(0) || 'b'");
  ASSERT_TRUE(value);
  EXPECT_EQ(value->value().size(), 3U);
}

TEST_F(DatabaseTest, NestedValuesAreText) {
  EXPECT_EQ(text("SELECT [1, 2]"), "[1, 2]");
  EXPECT_EQ(text("SELECT {'a': 1, 'b': NULL}"), "{1, NULL}");
  EXPECT_EQ(text("SELECT MAP {'a': 1}"), "{a -> 1}");
}

TEST_F(DatabaseTest, ParametersAreBoundAsText) {
  ASSERT_TRUE(session_->execute("CREATE TABLE t (a BIGINT, b VARCHAR)"));
  ASSERT_TRUE(session_->execute("INSERT INTO t VALUES (?, ?)", {"12", std::nullopt}));
  EXPECT_EQ(text("SELECT a FROM t WHERE b IS NULL"), "12");
}

TEST_F(DatabaseTest, ParametersBecomeWhatTheirColumnIs) {
  ASSERT_TRUE(
      session_->execute("CREATE TABLE t(a BIGINT, b UBIGINT, c INTEGER, d VARCHAR, e JSON)"));
  const std::string insert = "INSERT INTO t VALUES (?, ?, ?, ?, replace(?, '', ''))";
  using Values = std::vector<std::optional<std::string>>;
  const Values rows[] = {
      {"-9223372036854775808", "18446744073709551615", "-2147483648", "007", R"({"ä": ["'"]})"},
      {std::nullopt, "0", std::nullopt, "", "1"},
      {"5", std::nullopt, "6", std::nullopt, std::nullopt},
      {"9223372036854775807", "1", "0", "x", "[]"}};
  for (const Values& row : rows) ASSERT_TRUE(session_->execute(insert, row));
  const auto found = session_->query("SELECT * FROM t");
  ASSERT_TRUE(found) << found.error().message();
  ASSERT_EQ(found->values.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(found->values[i], rows[i]);
  EXPECT_FALSE(session_->execute(insert, {"5x", "1", "1", "", "1"}));
  EXPECT_FALSE(session_->execute(insert, {"1", "-1", "1", "", "1"}));
  EXPECT_FALSE(session_->execute(insert, {"1", "1", "1", "", "no json"}));
  EXPECT_EQ(*session_->value("SELECT count(*) FROM t"), "4");
}

TEST_F(DatabaseTest, DescribeRunsNothing) {
  auto schema = session_->describe(
      "SELECT 1 AS a, 1.5::DECIMAL(22,12) AS d, {'x': [1]} AS s, MAP {'k': now()} AS m, "
      "error('not run')::DATE AS e, '{}'::JSON AS j");
  ASSERT_TRUE(schema) << schema.error().message();
  EXPECT_EQ(schema->to_string(),
            "a INTEGER, d DECIMAL(22,12), s STRUCT(x INTEGER[]), "
            "m MAP(VARCHAR, TIMESTAMPTZ), e DATE, j JSON");
}

// data::Type writes types as SQL without asking DuckDB which words it keeps for itself.
TEST_F(DatabaseTest, EveryKeywordIsAFieldOfAStruct) {
  auto words = session_->query("SELECT keyword_name FROM duckdb_keywords()");
  ASSERT_TRUE(words);
  ASSERT_GT(words->values.size(), 400U);
  for (const auto& row : words->values) {
    const auto type = data::Type::structure({{row[0].value(), data::TypeId::kDate}});
    EXPECT_EQ(text("SELECT CAST(NULL AS " + type.to_string() + ")"), "NULL");
  }
}

TEST_F(DatabaseTest, TimeZoneIsUtc) {
  EXPECT_EQ(text("SELECT current_setting('TimeZone')"), "UTC");
}

TEST_F(DatabaseTest, ExtensionsAreLinkedIn) {
  EXPECT_EQ(text("SELECT count(*) FROM duckdb_extensions() WHERE loaded AND extension_name IN "
                 "('json', 'parquet', 'icu', 'core_functions')"),
            "4");
}

TEST_F(DatabaseTest, ErrorsOfTheUsersSqlAreTheUsers) {
  EXPECT_EQ(kind("SELEC 1"), Kind::kUser);
  EXPECT_EQ(kind("SELECT nothing"), Kind::kUser);
  EXPECT_EQ(kind("SELECT * FROM nowhere"), Kind::kUser);
  EXPECT_EQ(kind("SELECT CAST('x' AS INTEGER)"), Kind::kUser);
  EXPECT_EQ(kind("SELECT 2147483647::INTEGER + 1::INTEGER"), Kind::kUser);
}

TEST_F(DatabaseTest, MemoryLimitIsTheUsers) {
  ASSERT_TRUE(session_->execute("SET memory_limit = '10MB'"));
  const auto failed = session_->execute("SELECT list(repeat('x', 100)) FROM range(2000000)");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind(), Kind::kUser);
  EXPECT_TRUE(failed.error().message().starts_with("E_OUT_OF_MEMORY"));
  EXPECT_EQ(failed.error().message().find("SET "), std::string::npos);
}

TEST_F(DatabaseTest, FullDiskForSpillingIsTransient) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("sluice_spill_" + std::to_string(getpid()));
  ASSERT_TRUE(session_->execute("SET memory_limit = '10MB'; SET temp_directory = '" +
                                folder.string() + "'; SET max_temp_directory_size = '5MB'"));
  const auto failed = session_->execute(
      "CREATE TABLE t AS SELECT i, i::VARCHAR || repeat('x', 100) FROM range(2000000) r(i)");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind(), Kind::kTransient);
  EXPECT_TRUE(failed.error().message().starts_with("E_SPILL_FULL")) << failed.error().message();
}

TEST_F(DatabaseTest, InterruptCancels) {
  std::jthread other([this](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      session_->interrupt();
      std::this_thread::yield();
    }
  });
  EXPECT_EQ(kind("SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range % 3 = "
                 "b.range % 5"),
            Kind::kCancelled);
}

TEST(Database, FileThatIsNoDatabaseIsCorruption) {
  const std::string path =
      std::filesystem::temp_directory_path() / ("sluice_no_database_" + std::to_string(getpid()));
  std::ofstream(path) << std::string(20000, 'x');
  auto database = Database::open_bare(path, {});
  ASSERT_FALSE(database);
  EXPECT_EQ(database.error().kind(), Kind::kCorruption) << database.error().message();
  std::filesystem::remove(path);
}

TEST(Database, FileOfAnotherProcessIsTheUsers) {
  const std::string path =
      std::filesystem::temp_directory_path() / ("sluice_locked_" + std::to_string(getpid()));
  int opened[2];
  int done[2];
  ASSERT_EQ(pipe(opened) | pipe(done), 0);
  char byte = 'x';
  const pid_t child = fork();
  if (child == 0) {
    auto database = Database::open_bare(path, {});
    byte = database ? 'y' : 'n';
    const bool sent = write(opened[1], &byte, 1) == 1 && read(done[0], &byte, 1) == 1;
    _exit(sent ? 0 : 1);
  }
  ASSERT_EQ(read(opened[0], &byte, 1), 1);
  ASSERT_EQ(byte, 'y');
  auto database = Database::open_bare(path, {});
  ASSERT_EQ(write(done[1], &byte, 1), 1);
  waitpid(child, nullptr, 0);
  ASSERT_FALSE(database);
  EXPECT_EQ(database.error().kind(), Kind::kUser) << database.error().message();
  std::filesystem::remove(path);
}

TEST(Database, FolderThatIsMissingIsTheUsers) {
  auto database = Database::open_bare("/nowhere/at/all.db", {});
  ASSERT_FALSE(database);
  EXPECT_EQ(database.error().kind(), Kind::kUser) << database.error().message();
}

TEST(Database, OptionsAreSet) {
  auto database =
      Database::open_bare("", {.threads = 3, .memory_limit = 100 << 20, .temp_folder = ""});
  ASSERT_TRUE(database) << database.error().message();
  auto session = (*database)->connect();
  ASSERT_TRUE(session);
  EXPECT_EQ((*session)->value("SELECT current_setting('threads')")->value(), "3");
  EXPECT_EQ((*session)->value("SELECT current_setting('memory_limit')")->value(), "100.0 MiB");
  EXPECT_EQ((*session)->value("SELECT current_setting('temp_directory')")->value_or(""), "");
}

}  // namespace
}  // namespace sluice::sql
