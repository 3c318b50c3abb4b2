#include "sql/scan/parquet_select.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <unistd.h>

#include "sql/functions/open_database.h"

namespace sluice::sql {
namespace {

using data::ParquetFile;
using data::ParquetRows;
using data::RowSelection;
using data::Schema;
using data::Type;
using data::TypeId;

class ParquetSelectTest : public testing::Test {
 protected:
  ParquetSelectTest() {
    database_ = *open_database("", {});
    session_ = *database_->connect();
    std::string name = std::filesystem::temp_directory_path() / "sluice-parquet-XXXXXX";
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  ~ParquetSelectTest() override { std::filesystem::remove_all(folder_); }

  /// Writes the rows of `select` and gives the file.
  ParquetFile file(const std::string& name, const std::string& select,
                   const std::string& options = "") {
    const std::string path = folder_ + "/" + name;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    const auto written = session_->execute("COPY (" + select + ") TO " + data::quote_literal(path) +
                                           " (FORMAT parquet" + options + ")");
    EXPECT_TRUE(written) << written.error().message();
    return {.path = path};
  }

  /// The rows as text: "1|a\n2|b\n", in order.
  std::string text(const ParquetRows& rows, const ParquetMetadata& metadata = {}) {
    const auto select = parquet_select(*session_, rows, metadata);
    if (!select) return select.error().message();
    const auto found =
        session_->query("SELECT CAST(COLUMNS(*) AS VARCHAR) FROM (" + *select + ") ORDER BY ALL");
    if (!found) return found.error().message();
    std::string out;
    for (const auto& row : found->values) {
      for (std::size_t i = 0; i < row.size(); ++i) {
        out += (i == 0 ? "" : "|") + row[i].value_or("NULL");
      }
      out += "\n";
    }
    return out;
  }

  std::string folder_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<Session> session_;
};

const Schema kIdName({{"id", TypeId::kBigint}, {"name", TypeId::kVarchar}});

TEST_F(ParquetSelectTest, FilesTellTheColumns) {
  const ParquetRows rows{{file("a", "SELECT 1 AS id"), file("b", "SELECT 2 AS id, 'x' AS name")}};
  EXPECT_EQ(text(rows), "1|NULL\n2|x\n");
}

TEST_F(ParquetSelectTest, FileLacksAColumnAndHasAnother) {
  const ParquetRows rows{{file("a", "SELECT 1 AS id, 9 AS other")}, kIdName};
  EXPECT_EQ(text(rows), "1|NULL\n");
}

TEST_F(ParquetSelectTest, VariantsAreTheirJson) {
  const ParquetRows rows{
      {file("a",
            "SELECT 1 AS id, {'a': [1, NULL], 'b': 0.10}::VARIANT AS v UNION ALL "
            "SELECT 2, NULL")},
      Schema({{"id", TypeId::kBigint}, {"v", TypeId::kJson}}),
      {{.name = "id"}, {.name = "v", .is_variant = true}}};
  EXPECT_EQ(text(rows), "1|{\"a\":[1,null],\"b\":0.1}\n2|NULL\n");
}

TEST_F(ParquetSelectTest, NoFileIsNoRows) { EXPECT_EQ(text({{}, kIdName}), ""); }

TEST_F(ParquetSelectTest, ValueOfAnotherTypeNamesFileAndColumn) {
  const std::string error = text({{file("a", "SELECT 'x' AS id")}, kIdName});
  EXPECT_NE(error.find(folder_ + "/a"), std::string::npos) << error;
  EXPECT_NE(error.find("\"id\""), std::string::npos) << error;
}

TEST_F(ParquetSelectTest, PartitionValuesAreCast) {
  ParquetRows rows{{file("a", "SELECT 1 AS id"), file("b", "SELECT 2 AS id"),
                    file("c", "SELECT 3 AS id, 'inside' AS day")},
                   Schema({{"id", TypeId::kBigint}, {"day", TypeId::kDate}})};
  rows.files[0].partition_values = {{"day", "2024-02-29"}};
  rows.files[1].partition_values = {{"day", std::nullopt}};
  rows.files[2].partition_values = {{"day", "2024-03-01"}};
  EXPECT_EQ(text(rows), "1|2024-02-29\n2|NULL\n3|2024-03-01\n");
}

TEST_F(ParquetSelectTest, PartitionValuesWithoutASchemaAreTexts) {
  ParquetRows rows{{file("a", "SELECT 1 AS id, 'inside' AS k"), file("b", "SELECT 2 AS id")}};
  rows.files[0].partition_values = {{"k", "it's"}};
  rows.files[1].partition_values = {{"k", "01"}};
  EXPECT_EQ(text(rows), "1|it's\n2|01\n");
}

// The log of a table has bytes as the text that they are in UTF-8.
TEST_F(ParquetSelectTest, PartitionsOfBytesAreTheirText) {
  ParquetRows rows{{file("a", "SELECT 1 AS id"), file("b", "SELECT 2 AS id")},
                   Schema({{"id", TypeId::kBigint}, {"k", TypeId::kBlob}})};
  rows.files[0].partition_values = {{"k", "é"}};
  rows.files[1].partition_values = {{"k", "\\x41"}};
  EXPECT_EQ(text(rows), "1|é\n2|\\x41\n");
}

TEST_F(ParquetSelectTest, ManyFiles) {
  ParquetRows rows{{}, Schema({{"n", TypeId::kBigint}})};
  for (int i = 0; i < 450; ++i) {
    rows.files.push_back({.path = folder_ + "/one"});
    rows.files.back().partition_values = {{"n", std::to_string(i)}};
  }
  file("one", "SELECT 1 AS x");
  const auto select = parquet_select(*session_, rows);
  EXPECT_EQ(**session_->value("SELECT sum(n) FROM (" + *select + ")"), "101025");
}

TEST_F(ParquetSelectTest, DeletedRows) {
  ParquetRows rows{{file("a", "SELECT range AS id FROM range(10)")},
                   Schema({{"id", TypeId::kBigint}})};
  rows.files[0].rows = {.kind = RowSelection::Kind::kWithout, .rows = {0, 1, 2, 4, 7, 8}};
  EXPECT_EQ(text(rows), "3\n5\n6\n9\n");
  rows.files[0].rows.kind = RowSelection::Kind::kOnly;
  EXPECT_EQ(text(rows), "0\n1\n2\n4\n7\n8\n");
  rows.files[0].rows.rows = {};
  EXPECT_EQ(text(rows), "");
}

TEST_F(ParquetSelectTest, RangeOfRows) {
  ParquetRows rows{{file("a", "SELECT range AS id FROM range(10)")},
                   Schema({{"id", TypeId::kBigint}})};
  rows.files[0].rows = {.kind = RowSelection::Kind::kWithout, .rows = {4}, .first = 3, .end = 6};
  EXPECT_EQ(text(rows), "3\n5\n");
}

TEST_F(ParquetSelectTest, ColumnMappingByName) {
  ParquetRows rows{{file("a",
                         "SELECT 1 AS c1, {'f1': 2, 'f2': [{'g1': 'x'}]} AS c2, "
                         "MAP {'k': {'h1': 5}} AS c3")},
                   Schema({{"a b", TypeId::kBigint},
                           {"s", *Type::parse("STRUCT(x INTEGER, l STRUCT(\"y z\" VARCHAR)[])")},
                           {"m", *Type::parse("MAP(VARCHAR, STRUCT(v BIGINT))")}})};
  const auto named = [](std::string name, std::vector<data::StoredColumn> children = {}) {
    return data::StoredColumn{.name = std::move(name), .children = std::move(children)};
  };
  rows.stored = {named("c1"), named("c2", {named("f1"), named("f2", {named("", {named("g1")})})}),
                 named("c3", {named(""), named("", {named("h1")})})};
  EXPECT_EQ(text(rows), "1|{'x': 2, 'l': [{'y z': x}]}|{k={'v': 5}}\n");
}

TEST_F(ParquetSelectTest, MappedStructMayBeNull) {
  ParquetRows rows{{file("a", "SELECT CAST(NULL AS STRUCT(f1 INTEGER)) AS c")},
                   Schema({{"s", *Type::parse("STRUCT(x INTEGER)")}})};
  rows.stored = {{.name = "c", .children = {{.name = "f1"}}}};
  EXPECT_EQ(text(rows), "NULL\n");
}

TEST_F(ParquetSelectTest, ColumnMappingById) {
  ParquetRows rows{{file("a", "SELECT 1 AS x, 2 AS y", ", FIELD_IDS {x: 7, y: 8}")},
                   Schema({{"id", TypeId::kBigint}, {"new", TypeId::kBigint}})};
  rows.stored = {{.name = "col-id", .field_id = 8}, {.name = "col-new", .field_id = 9}};
  EXPECT_EQ(text(rows), "2|NULL\n");
}

TEST_F(ParquetSelectTest, Metadata) {
  ParquetRows rows{{file("a", "SELECT 5 AS id FROM range(2)"), file("b", "SELECT 6 AS id")},
                   Schema({{"id", TypeId::kBigint}})};
  rows.files[0].shown_path = "lake://a";
  rows.files[1].shown_path = "lake://b";
  rows.files[1].modified = 1'700'000'000'000'001;
  EXPECT_EQ(text(rows, {{"p", data::kFilePath}, {"r", data::kFileRow}, {"m", data::kFileModified}}),
            "5|lake://a|0|1970-01-01 00:00:00+00\n5|lake://a|1|1970-01-01 00:00:00+00\n"
            "6|lake://b|0|2023-11-14 22:13:20.000001+00\n");
}

TEST_F(ParquetSelectTest, NamesWithLettersOfPatterns) {
  const ParquetFile odd = file("d?y=[1]*/p[2]'.parquet", "SELECT 1 AS id");
  file("dxy=[1]y/p[2]'.parquet", "SELECT 2 AS id");
  EXPECT_EQ(text({{odd}, Schema({{"id", TypeId::kBigint}})}), "1\n");
}

TEST_F(ParquetSelectTest, InstantsInInt96AreUtc) {
  // Made by pyarrow: write_table({"t": [2024-01-01 12:00 UTC]}, use_deprecated_int96_timestamps).
  const std::string path = std::string(SLUICE_SOURCE_DIR) + "/test/support/int96.parquet";
  ASSERT_TRUE(session_->execute("SET TimeZone = 'Europe/Berlin'"));
  const ParquetRows rows{{{.path = path}}, Schema({{"t", TypeId::kTimestampTz}})};
  EXPECT_EQ(text(rows), "2024-01-01 13:00:00+01\n");
}

}  // namespace
}  // namespace sluice::sql
