#include "sql/tree/query_tables.h"

#include <gtest/gtest.h>

#include "sql/functions/open_database.h"

namespace sluice::sql {
namespace {

class QueryTablesTest : public testing::Test {
 protected:
  QueryTablesTest() {
    database_ = *open_database("", {});
    session_ = *database_->connect();
    EXPECT_TRUE(define_delta_functions(*session_));
  }

  /// Their names, a line each.
  std::string names(const std::string& query) {
    const auto tables = query_tables(*session_, query);
    if (!tables) return tables.error().message();
    std::string text;
    for (const QueryTable& table : *tables) text += table.name() + "\n";
    return text;
  }

  std::unique_ptr<Database> database_;
  std::unique_ptr<Session> session_;
};

TEST_F(QueryTablesTest, EveryPathOnce) {
  EXPECT_EQ(names("WITH a AS (FROM 'x/y') SELECT * FROM a JOIN 'x/y' USING (id) WHERE id IN "
                  "(SELECT id FROM delta('z'))"),
            "x/y\ndelta z@\n");
}

TEST_F(QueryTablesTest, VersionsAreTablesOfTheirOwn) {
  EXPECT_EQ(names("FROM delta('z', version := 3), delta_scan('z', as_of := '2024-05-01')"),
            "delta z@3\ndelta z@2024-05-01\n");
}

TEST_F(QueryTablesTest, FunctionsReadWhatIsDefined) {
  ASSERT_TRUE(define_query_table(*session_, "delta it's@3", "SELECT 7 AS id"));
  EXPECT_EQ(*session_->value("SELECT id FROM delta('it''s', version := 3)"), "7");
}

TEST_F(QueryTablesTest, PathsMayHoldDotsAndQuotes) {
  for (const std::string path : {"./lake/t", "lake.v2/t.d", "../a \"b\"/t", "c:\\t", "ü"}) {
    QueryTable table;
    table.path = path;
    table.is_delta = true;
    table.version = 1;
    ASSERT_TRUE(define_query_table(*session_, table.name(), "SELECT 7 AS id"));
    const std::string query =
        "SELECT id FROM delta(" + data::quote_literal(path) + ", version := 1)";
    const auto id = session_->value(query);
    ASSERT_TRUE(id) << path << ": " << id.error().message();
    EXPECT_EQ(*id, "7") << path;
  }
}

TEST_F(QueryTablesTest, OnlyOneSelect) {
  for (const char* query : {"DROP TABLE x", "COPY x TO 'y'", "SELECT 1; SELECT 2", ""}) {
    const auto tables = query_tables(*session_, query);
    ASSERT_FALSE(tables) << query;
    EXPECT_EQ(tables.error().kind(), Kind::kUser) << query;
  }
}

TEST_F(QueryTablesTest, ErrorsHaveACaret) {
  EXPECT_NE(names("SELECT FROM WHERE").find("^"), std::string::npos);
}

TEST_F(QueryTablesTest, WrongArgumentsSayWhatToWrite) {
  for (const char* query : {"FROM delta('z', at := 3)", "FROM delta(1 + 2)", "FROM delta()",
                            "FROM delta('z', version := 1, as_of := '2024')"}) {
    EXPECT_NE(names(query).find("write delta('lake/orders'"), std::string::npos) << query;
  }
}

TEST_F(QueryTablesTest, FunctionsOfDuckdbReadNoStore) {
  EXPECT_EQ(names("FROM read_csv('s3://b/x.csv', header := true)"),
            "read_csv() reads files of this machine only; write FROM 's3://b/x.csv'");
}

}  // namespace
}  // namespace sluice::sql
