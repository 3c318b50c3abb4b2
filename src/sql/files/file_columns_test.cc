#include "sql/files/file_columns.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <unistd.h>

#include "sql/functions/open_database.h"

namespace sluice::sql {
namespace {

using connector::FileColumns;
using data::Schema;
using data::StoredColumn;
using data::Type;
using data::TypeId;

class FileColumnsTest : public testing::Test {
 protected:
  FileColumnsTest() { session_ = *database_->connect(); }

  /// The only row, its columns as texts.
  std::string row(const std::string& select, const FileColumns& columns) {
    const auto schema = session_->describe(select);
    if (!schema) return schema.error().message();
    const FileColumns filled = filled_columns(columns, *schema);
    const auto found = session_->query("SELECT CAST(COLUMNS(*) AS VARCHAR) FROM (" +
                                       file_select(select, *schema, filled) + ")");
    if (!found) return found.error().message();
    std::string out;
    for (const auto& value : found->values.at(0)) {
      out += (out.empty() ? "" : "|") + value.value_or("NULL");
    }
    return out;
  }

  static FileColumns rescuing(const std::string& table) {
    return {.schema = Schema(Type::parse("STRUCT(" + table + ", _rescued VARCHAR)")->children()),
            .stored = {},
            .rescued = "_rescued"};
  }

  std::unique_ptr<Database> database_ = *open_database("", {.threads = 1});
  std::unique_ptr<Session> session_;
};

TEST_F(FileColumnsTest, LeavesColumnsOutAndCasts) {
  FileColumns columns;
  columns.schema = Schema({{"a", TypeId::kBigint}, {"not_in_rows", TypeId::kDate}});
  EXPECT_EQ(row("SELECT 1 AS a, 2 AS b", columns), "1");
  EXPECT_EQ(filled_columns(columns, Schema({{"a", TypeId::kInteger}})).schema.size(), 1U);
}

TEST_F(FileColumnsTest, FieldsOfStructsGoByName) {
  FileColumns columns;
  columns.schema = Schema({{"s", *Type::parse("STRUCT(c DATE, a BIGINT)")}});
  EXPECT_EQ(row("SELECT {'a': 1, 'b': 2} AS s", columns), "{'c': NULL, 'a': 1}");
}

TEST_F(FileColumnsTest, RescuesUnknownColumns) {
  EXPECT_EQ(row("SELECT 1 AS a, 'x\"y' AS \"new\", 1.50::DECIMAL(38,2) AS d, NULL AS n",
                rescuing("a INTEGER")),
            R"(1|{"new":"x\"y","d":1.50})");
}

TEST_F(FileColumnsTest, NothingToRescueIsNull) {
  EXPECT_EQ(row("SELECT 1 AS a", rescuing("a INTEGER")), "1|NULL");
  EXPECT_EQ(row("SELECT 1 AS a, NULL::INTEGER AS b", rescuing("a INTEGER")), "1|NULL");
}

TEST_F(FileColumnsTest, RescuesValuesThatDoNotFit) {
  const FileColumns columns = rescuing("a INTEGER, b DATE, c DECIMAL(5,2)");
  EXPECT_EQ(row("SELECT '7' AS a, '2024-02-29' AS b, 1.25::DOUBLE AS c", columns),
            "7|2024-02-29|1.25|NULL");
  EXPECT_EQ(row("SELECT '007' AS a, 'soon' AS b, 1.255::DOUBLE AS c", columns),
            R"(NULL|NULL|NULL|{"a":"007","b":"soon","c":1.255})");
  EXPECT_EQ(row("SELECT 5000000000 AS a, true AS b, NULL::DOUBLE AS c", columns),
            R"(NULL|NULL|NULL|{"a":5000000000,"b":true})");
}

TEST_F(FileColumnsTest, TextsOfNumbersFit) {
  const FileColumns columns = rescuing("d DOUBLE, m DECIMAL(5,2)");
  EXPECT_EQ(row("SELECT '7' AS d, '1.25' AS m", columns), "7.0|1.25|NULL");
  EXPECT_EQ(row("SELECT 'x' AS d, '1.255' AS m", columns), R"(NULL|NULL|{"d":"x","m":"1.255"})");
}

TEST_F(FileColumnsTest, RescuesFieldsOfStructsAndWholeLists) {
  const FileColumns columns = rescuing("s STRUCT(a INTEGER), l STRUCT(a INTEGER)[]");
  EXPECT_EQ(row("SELECT {'a': 1, 'b': {'c': 2}} AS s, [{'a': 1, 'b': 2}] AS l", columns),
            R"({'a': 1}|[{'a': 1}]|{"s":{"b":{"c":2}},"l":[{"a":1,"b":2}]})");
  EXPECT_EQ(row("SELECT NULL::STRUCT(a INTEGER, b INTEGER) AS s", columns), "NULL|NULL");
}

TEST_F(FileColumnsTest, JoinsTheRowsOwnRescuedFields) {
  const FileColumns columns = rescuing("a INTEGER");
  EXPECT_EQ(row("SELECT 1 AS a, 2 AS b, ' {\"x\": 1} ' AS _rescued", columns),
            R"(1|{"b":2,"x": 1})");
  EXPECT_EQ(row("SELECT 1 AS a, NULL::INTEGER AS b, '{}' AS _rescued", columns), "1|NULL");
  EXPECT_EQ(row("SELECT 1 AS a, '{\"x\":1}' AS _rescued", columns), R"(1|{"x":1})");
}

// As the json format reads it.
TEST_F(FileColumnsTest, WhatIsNoJsonIsRescuedAsText) {
  EXPECT_EQ(row("SELECT 1 AS a, 'nan'::DOUBLE AS d, 'ab'::BLOB AS x", rescuing("a INTEGER")),
            R"(1|{"d":"NaN","x":"YWI="})");
}

/// What column mapping asks for.
FileColumns mapped() {
  FileColumns columns;
  columns.schema =
      Schema({{"id", TypeId::kBigint}, {"s", *Type::parse("STRUCT(\"a b\" INTEGER)[]")}});
  StoredColumn element{.name = "element", .children = {{.name = "col-3", .field_id = 3}}};
  columns.stored = {{.name = "col-1", .field_id = 1},
                    {.name = "col-2", .field_id = 2, .children = {std::move(element)}}};
  return columns;
}

TEST_F(FileColumnsTest, StoredNamesAtEveryDepth) {
  const std::string select = "SELECT 7 AS id, [{'a b': 1}] AS s";
  EXPECT_EQ(row(select, mapped()), "7|[{'col-3': 1}]");
  EXPECT_EQ(stored_names({"s", "id"}, mapped()), (std::vector<std::string>{"col-2", "col-1"}));
  const auto names = session_->describe(file_select(select, *session_->describe(select), mapped()));
  EXPECT_EQ((*names)[0].name, "col-1");
}

TEST_F(FileColumnsTest, FieldIdsOfAllButPartitionColumns) {
  EXPECT_EQ(field_ids(mapped(), {}),
            R"({"col-1": 1, "col-2": {__duckdb_field_id: 2, "element": {"col-3": 3}}})");
  EXPECT_EQ(field_ids(mapped(), {"col-2"}), R"({"col-1": 1})");
  EXPECT_EQ(field_ids({}, {}), "");
}

}  // namespace
}  // namespace sluice::sql
