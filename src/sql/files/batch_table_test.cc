#include "connector/batch_table.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "formats/json_encoder.h"
#include "sql/duckdb/session_zone.h"
#include "sql/functions/open_database.h"
#include "sql/scan/scan.h"
#include "support/shown_rows.h"

namespace sluice::sql {
namespace {

using connector::FileFormat;
using connector::FileRequest;
using connector::RowChunk;
using connector::WrittenFile;

class BatchTableTest : public ::testing::Test {
 protected:
  void SetUp() override {
    session_ = *(*database_)->connect();
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::temp_directory_path() /
              ("sluice_batch_table_" + std::to_string(getpid()) + test->name());
    std::filesystem::create_directories(folder_);
    request_.folder = folder_;
    request_.name_prefix = "b7-";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<connector::BatchTable> table(const std::string& select) {
    auto made = make_batch_table(*session_, select);
    EXPECT_TRUE(made) << made.error().message();
    return *std::move(made);
  }

  std::vector<WrittenFile> write(const std::string& select) {
    auto files = table(select)->write_files(request_);
    EXPECT_TRUE(files) << files.error().message();
    return files ? *files : std::vector<WrittenFile>();
  }

  /// The rows as JSON lines; or the error.
  std::string json(const std::string& select, const connector::ChunkRequest& request = {}) {
    const auto rows = table(select);
    const auto encoder = *formats::make_json_encoder(
        connector::chunk_schema(rows->schema(), request), formats::JsonForm::kLines, rows->zone());
    std::string lines;
    const auto read = rows->read_chunks(request, [&](const RowChunk& chunk) -> Result<bool> {
      for (std::size_t row = 0; row < chunk.rows; ++row) {
        lines += lines.empty() ? "" : "\n";
        SLUICE_TRY(encoder->append(chunk.columns, row, lines));
      }
      return true;
    });
    return read ? lines : read.error().message();
  }

  std::string text(const std::string& sql) {
    auto value = session_->value(sql);
    if (!value) return "error: " + value.error().message();
    return value->value_or("NULL");
  }

  std::string content(const std::string& path) {
    std::stringstream out;
    out << std::ifstream(folder_ / path).rdbuf();
    return out.str();
  }

  std::size_t files_in_folder() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_)) {
      count += entry.is_regular_file() ? 1 : 0;
    }
    return count;
  }

  Result<std::unique_ptr<Database>> database_ = open_database("", {.threads = 2});
  std::unique_ptr<Session> session_;
  std::filesystem::path folder_;
  FileRequest request_;
};

TEST_F(BatchTableTest, ChunksOfAnUpsertHaveOneRowAKey) {
  const std::string rows =
      "SELECT * FROM (VALUES (1, 'old', 1, false), (1, 'new', 2, false), (1, 'new', 2, false), "
      "(2, 'gone', 1, true)) AS t(id, name, seen, __deletes) ORDER BY id";
  connector::ChunkRequest request;
  request.upsert = {{"id"}, {"seen"}, {"seen"}};
  const std::string lines = json("SELECT * FROM (" + rows + ")", request);
  EXPECT_NE(lines.find(R"({"id":1,"name":"new","__deletes":false})"), lines.npos) << lines;
  EXPECT_NE(lines.find(R"({"id":2,"name":"gone","__deletes":true})"), lines.npos) << lines;
  EXPECT_EQ(std::ranges::count(lines, '\n'), 1) << lines;
  request.upsert = {{"id"}, {}, {}};
  EXPECT_NE(json(rows, request).find("E_DUPLICATE_KEY"), std::string::npos);
}

TEST_F(BatchTableTest, SchemaIsThatOfTheQuery) {
  EXPECT_EQ(table("SELECT 1 AS a, 'x' AS b")->schema().to_string(), "a INTEGER, b VARCHAR");
}

TEST_F(BatchTableTest, QueryThatDoesNotBindIsAnError) {
  auto made = make_batch_table(*session_, "SELECT nothing");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind(), Kind::kUser);
}

TEST_F(BatchTableTest, ChunksHaveAllRowsInOrder) {
  std::int64_t next = 0;
  const auto rows = table("SELECT range AS i FROM range(5000)");
  ASSERT_TRUE(rows->read_chunks({}, [&](const RowChunk& chunk) -> Result<bool> {
    EXPECT_LE(chunk.rows, data::kChunkRowsMax);
    for (std::size_t row = 0; row < chunk.rows; ++row) {
      EXPECT_EQ(chunk.columns[0].at<std::int64_t>(row), next++);
    }
    return true;
  }));
  EXPECT_EQ(next, 5000);
}

TEST_F(BatchTableTest, ChunksStopWhenTheReaderSaysSo) {
  const auto rows = table("SELECT range AS i FROM range(1000000)");
  int chunks = 0;
  ASSERT_TRUE(rows->read_chunks({}, [&](const RowChunk&) -> Result<bool> { return ++chunks < 3; }));
  EXPECT_EQ(chunks, 3);
  EXPECT_EQ(text("SELECT 7"), "7");  // the session is free again
}

TEST_F(BatchTableTest, AnErrorOfTheReaderIsReturned) {
  const auto rows = table("SELECT range AS i FROM range(1000000)");
  const auto read = rows->read_chunks(
      {}, [](const RowChunk&) -> Result<bool> { return transient_error("disk full"); });
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message(), "disk full");
  EXPECT_EQ(text("SELECT 7"), "7");
}

TEST_F(BatchTableTest, AReaderThatStopsLeavesTheTransactionAsItIs) {
  ASSERT_TRUE(session_->execute("CREATE TABLE kept (i INTEGER)"));
  ASSERT_TRUE(session_->execute("BEGIN"));
  ASSERT_TRUE(session_->execute("INSERT INTO kept VALUES (1)"));
  const auto rows = table("SELECT range AS i, i AS k FROM range(1000000), kept");
  ASSERT_FALSE(rows->read_chunks(
      {}, [](const RowChunk&) -> Result<bool> { return transient_error("disk full"); }));
  ASSERT_TRUE(rows->read_chunks({}, [](const RowChunk&) -> Result<bool> { return false; }));
  ASSERT_TRUE(session_->execute("COMMIT"));
  EXPECT_EQ(text("SELECT count(*) FROM kept"), "1");
}

TEST_F(BatchTableTest, ChunksHaveTypesWithoutNameAsText) {
  const auto rows = table(
      "SELECT NULL::INTEGER AS n, 'x'::ENUM('x', 'y') AS e, [1,2]::INTEGER[2] AS a, "
      "['y'::ENUM('x', 'y')] AS l, NULL::INTEGER[2][] AS m");
  EXPECT_EQ(connector::chunk_schema(rows->schema()).to_string(),
            "n INTEGER, e VARCHAR, a VARCHAR, l JSON, m JSON");
  const auto shown = connector::shown_rows(*rows);
  ASSERT_TRUE(shown) << shown.error().message();
  using Texts = std::vector<std::optional<std::string>>;
  EXPECT_EQ(shown->at(0), (Texts{std::nullopt, "x", "[1, 2]", "[\"y\"]", std::nullopt}));
}

TEST_F(BatchTableTest, ChunksOfAPartitionComeTogether) {
  const auto rows = table(
      "SELECT range AS i, CASE range % 3 WHEN 0 THEN DATE '2024-01-01' + (range % 2)::INTEGER END "
      "AS day, range * 10 AS j FROM range(7)");
  std::string seen;
  ASSERT_TRUE(
      rows->read_chunks({.partition_by = {"day"}}, [&](const RowChunk& chunk) -> Result<bool> {
        for (std::size_t row = 0; row < chunk.rows; ++row) {
          const auto& day = chunk.columns[1];
          seen += std::to_string(chunk.columns[0].at<std::int64_t>(row)) + " " +
                  (day.is_null(row) ? "NULL" : std::string(day.text(row))) + ", ";
        }
        return true;
      }));
  EXPECT_EQ(seen, "0 2024-01-01, 6 2024-01-01, 3 2024-01-02, 1 NULL, 2 NULL, 4 NULL, 5 NULL, ");
}

TEST_F(BatchTableTest, ErrorsOfTheDataEndTheChunks) {
  const auto rows =
      table("SELECT CASE WHEN range = 9000 THEN error('row 9000') ELSE 1 END FROM range(9999)");
  const auto read = rows->read_chunks({}, [](const RowChunk&) -> Result<bool> { return true; });
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind(), Kind::kUser);
}

TEST_F(BatchTableTest, TimesShowTheClockOfTheSession) {
  ASSERT_TRUE(set_time_zone(*session_, "Asia/Kolkata"));
  EXPECT_EQ(table("SELECT 1")->zone().name(), "Asia/Kolkata");
}

TEST_F(BatchTableTest, ParquetHasRowsBytesAndStatistics) {
  request_.statistics = true;
  const auto files = write(
      "SELECT range AS i, CASE WHEN range > 1 THEN 'é' || range END AS \"a\"\"b\", "
      "DATE '2024-01-01' + range::INTEGER AS d, {'x': range} AS s, "
      "CASE range WHEN 1 THEN 'nan'::DOUBLE ELSE 1.5 END AS f FROM range(4)");
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files[0].path, "b7-0.parquet");
  EXPECT_EQ(files[0].rows, 4U);
  EXPECT_EQ(files[0].bytes, std::filesystem::file_size(folder_ / files[0].path));
  EXPECT_EQ(files[0].statistics.at("i").minimum, "0");
  EXPECT_EQ(files[0].statistics.at("i").maximum, "3");
  EXPECT_EQ(files[0].statistics.at("a\"b").null_count, 2U);
  EXPECT_EQ(files[0].statistics.at("d").maximum, "2024-01-04");
  EXPECT_EQ(files[0].statistics.at("f").maximum, std::nullopt);
  EXPECT_FALSE(files[0].statistics.contains("s"));
}

TEST_F(BatchTableTest, StatisticsAreLeftOutUnlessAskedFor) {
  EXPECT_TRUE(write("SELECT 1 AS a")[0].statistics.empty());
}

TEST_F(BatchTableTest, NoRowsNoFile) {
  for (const FileFormat format : {FileFormat::kParquet, FileFormat::kCsv}) {
    request_.format = format;
    request_.partition_by = {};
    request_.rows_per_file = 0;
    EXPECT_TRUE(write("SELECT 1 AS a, 2 AS b WHERE false").empty());
    request_.rows_per_file = 10;
    EXPECT_TRUE(write("SELECT 1 AS a, 2 AS b WHERE false").empty());
    request_.partition_by = {"a"};
    EXPECT_TRUE(write("SELECT 1 AS a, 2 AS b WHERE false").empty());
  }
  EXPECT_EQ(files_in_folder(), 0U);
}

TEST_F(BatchTableTest, RowsPerFileIsExact) {
  request_.rows_per_file = 3000;
  for (const FileFormat format : {FileFormat::kParquet, FileFormat::kCsv}) {
    request_.format = format;
    const auto files = write("SELECT range AS i FROM range(7000)");
    ASSERT_EQ(files.size(), 3U);
    EXPECT_EQ(files[0].rows, 3000U);
    EXPECT_EQ(files[2].rows, 1000U);
    EXPECT_TRUE(files[2].path.starts_with("b7-2."));
  }
  EXPECT_EQ(text("SELECT count(*) || ' ' || min(i) || ' ' || max(i) FROM '" + folder_.string() +
                 "/b7-1.csv'"),
            "3000 3000 5999");
}

TEST_F(BatchTableTest, PartitionFoldersLeaveTheColumnsOut) {
  request_.partition_by = {"k", "d"};
  const auto files = write(
      "SELECT range AS i, CASE WHEN range % 3 > 0 THEN range % 3 END AS k, "
      "DATE '2024-01-01' AS d FROM range(3000)");
  ASSERT_EQ(files.size(), 3U);
  for (const WrittenFile& file : files) {
    EXPECT_EQ(file.rows, 1000U);
    EXPECT_EQ(file.partition_values.at("d"), "2024-01-01");
    const auto value = file.partition_values.at("k");
    EXPECT_EQ(file.path,
              "k=" + value.value_or("__HIVE_DEFAULT_PARTITION__") + "/d=2024-01-01/b7-0.parquet");
  }
  EXPECT_EQ(text("SELECT count(*) FROM (DESCRIBE FROM read_parquet('" + folder_.string() +
                 "/k=1/d=2024-01-01/b7-0.parquet', hive_partitioning = false))"),
            "1");
}

TEST_F(BatchTableTest, PartitionsOfCsvSayTheirRows) {
  request_.format = FileFormat::kCsv;
  request_.partition_by = {"k"};
  request_.rows_per_file = 1000;
  const auto files = write("SELECT range AS i, range % 2 AS k FROM range(3000)");
  ASSERT_EQ(files.size(), 4U);
  EXPECT_EQ(files[0].path, "k=0/b7-0.csv");
  EXPECT_EQ(files[1].rows, 500U);
  EXPECT_EQ(files[3].path, "k=1/b7-3.csv");
  EXPECT_EQ(files[3].bytes, std::filesystem::file_size(folder_ / files[3].path));
  EXPECT_EQ(text("SELECT sum(i) FROM '" + folder_.string() + "/k=*/*.csv'"), "4498500");
}

TEST_F(BatchTableTest, PartitionValuesWithSpecialCharacters) {
  const std::string select =
      "SELECT unnest(['a/b=c%', '', 'é x', NULL, '__HIVE_DEFAULT_PARTITION__', '..']) AS k, 1 AS v";
  for (const std::uint64_t rows_per_file : {0, 100}) {
    request_.partition_by = {"k"};
    request_.rows_per_file = rows_per_file;
    request_.name_prefix = "p" + std::to_string(rows_per_file) + "-";
    std::set<std::string> folders;
    std::set<std::optional<std::string>> values;
    std::uint64_t rows = 0;
    for (const WrittenFile& file : write(select)) {
      rows += file.rows;
      EXPECT_TRUE(std::filesystem::exists(folder_ / file.path)) << file.path;
      folders.insert(file.path.substr(0, file.path.find('/')));
      values.insert(file.partition_values.at("k"));
    }
    EXPECT_EQ(rows, 6U);
    // The empty text is NULL, as for Spark.
    EXPECT_EQ(values, (std::set<std::optional<std::string>>{
                          std::nullopt, "..", "__HIVE_DEFAULT_PARTITION__", "a/b=c%", "é x"}));
    EXPECT_EQ(folders, (std::set<std::string>{"k=..", "k=__HIVE_DEFAULT_PARTITION__",
                                              "k=a%2Fb%3Dc%25", "k=é x"}));
  }
  EXPECT_EQ(text("SELECT sum(v) FROM read_parquet('" + folder_.string() + "/*/*.parquet')"), "12");
}

TEST_F(BatchTableTest, PartitionsOfLongTextsInTwoColumns) {
  request_.partition_by = {"k", "n", "l"};
  std::string k;
  for (int i = 0; i < 84; ++i) k += "京";  // 252 bytes
  const auto files = write("SELECT '" + k + "' AS k, 7 AS n, 'b\u00a0-_' AS l, 1 AS v");
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files[0].partition_values.at("k"), k);
  EXPECT_EQ(files[0].partition_values.at("n"), "7");
  EXPECT_EQ(files[0].partition_values.at("l"), "b\u00a0-_");
  EXPECT_TRUE(std::filesystem::exists(folder_ / ("k=" + k) / "n=7"));
}

TEST_F(BatchTableTest, ValuesThatMakeNoFolderAreRefused) {
  request_.partition_by = {"k"};
  for (const std::uint64_t rows_per_file : {0, 100}) {
    request_.rows_per_file = rows_per_file;
    for (const char* value : {"'a' || chr(0)", "repeat('x', 254)", "repeat('x', 3000)"}) {
      const auto written =
          table(std::string("SELECT ") + value + " AS k, 1 AS v")->write_files(request_);
      ASSERT_FALSE(written) << value;
      EXPECT_EQ(written.error().kind(), Kind::kUser) << value;
      EXPECT_NE(written.error().message().find("E_PARTITION_VALUE"), std::string::npos) << value;
    }
  }
}

TEST_F(BatchTableTest, FilesOfAnotherBatchStay) {
  request_.partition_by = {"k"};
  write("SELECT 1 AS k, 1 AS v");
  request_.name_prefix = "b8-";
  write("SELECT 1 AS k, 2 AS v");
  EXPECT_EQ(text("SELECT sum(v) FROM read_parquet('" + folder_.string() + "/k=1/*.parquet')"), "3");
}

TEST_F(BatchTableTest, CsvHasLongDecimalsAsCastGivesThem) {
  request_.format = FileFormat::kCsv;
  request_.csv_header = true;
  const auto files = write(
      "SELECT CAST(-0.5 AS DECIMAL(22,12)) AS a, 1.25 AS \"b, c\", CAST(NULL AS DECIMAL(38,0)) AS "
      "d "
      "UNION ALL SELECT 12345678.000000000001, 0, 99999999999999999999999999999999999999");
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(content(files[0].path),
            "a,\"b, c\",d\n-0.500000000000,1.25,\n"
            "12345678.000000000001,0.00,99999999999999999999999999999999999999\n");
}

TEST_F(BatchTableTest, CsvPartitionsOfALongDecimal) {
  request_.format = FileFormat::kCsv;
  request_.partition_by = {"p"};
  const auto files = write(
      "SELECT CAST(0.5 AS DECIMAL(22,2)) AS p, CAST(7 AS DECIMAL(20,1)) AS v UNION ALL "
      "SELECT 1.5, 8");
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files[0].path, "p=0.50/b7-0.csv");
  EXPECT_NE(content(files[0].path).find("7.0\n"), std::string::npos);
}

TEST_F(BatchTableTest, CsvLooksAsAsked) {
  request_.format = FileFormat::kCsv;
  request_.csv_delimiter = ";";
  request_.csv_null = "NULL";
  write("SELECT 1 AS a, NULL AS b, 'x;y' AS c, TIMESTAMP '2024-01-01 00:00:00.5' AS t, '' AS e");
  EXPECT_EQ(content("b7-0.csv"), "a;b;c;t;e\n1;NULL;\"x;y\";2024-01-01 00:00:00.5;\n");
}

TEST_F(BatchTableTest, CsvTellsEmptyFromNull) {
  request_.format = FileFormat::kCsv;
  request_.csv_header = false;
  write("SELECT 1 AS a, NULL AS b, '' AS c");
  EXPECT_EQ(content("b7-0.csv"), "1,,\"\"\n");
}

TEST_F(BatchTableTest, CsvDoublesReadBack) {
  request_.format = FileFormat::kCsv;
  write("SELECT unnest([0.1::DOUBLE + 0.2, 1e300, -5e-324, 'inf'::DOUBLE, 1e7]) AS d");
  EXPECT_EQ(text("SELECT list(d) = [0.1::DOUBLE + 0.2, 1e300, -5e-324, 'inf'::DOUBLE, 1e7] FROM "
                 "read_csv('" +
                 folder_.string() + "/b7-0.csv', columns = {'d': 'DOUBLE'})"),
            "true");
}

TEST_F(BatchTableTest, OrderByHoldsInParquet) {
  write("SELECT hash(range) % 1000000 AS h FROM range(300000) ORDER BY h");
  EXPECT_EQ(text("SELECT count(*) FROM (SELECT h, lag(h) OVER (ORDER BY file_row_number) AS before "
                 "FROM read_parquet('" +
                 folder_.string() + "/b7-0.parquet', file_row_number = true)) WHERE before > h"),
            "0");
}

TEST_F(BatchTableTest, ChunksBecomeJsonLines) {
  EXPECT_EQ(json("SELECT 1 AS a, NULL AS b, [1.50] AS c"), R"({"a":1,"b":null,"c":[1.50]})");
}

TEST_F(BatchTableTest, BytesAreBase64InJson) {
  EXPECT_EQ(json("SELECT from_hex('002261') AS a, {'b': 'x'::BLOB, 'c': 1} AS s, "
                 "['x'::BLOB, NULL] AS l, MAP {'k'::BLOB: [{'d': 'y'::BLOB}]} AS m"),
            R"({"a":"ACJh","s":{"b":"eA==","c":1},"l":["eA==",null],"m":{"aw==":[{"d":"eQ=="}]}})");
}

TEST_F(BatchTableTest, NullsOfBytesStayNullInJson) {
  EXPECT_EQ(json("SELECT NULL::BLOB AS a, NULL::STRUCT(b BLOB) AS s, NULL::BLOB[] AS l, "
                 "NULL::MAP(VARCHAR, BLOB) AS m"),
            R"({"a":null,"s":null,"l":null,"m":null})");
}

TEST_F(BatchTableTest, ColumnsOfOneNameStayApartInJson) {
  EXPECT_EQ(json("SELECT 1 AS a, 'x'::ENUM('x') AS a, 2 AS a"), R"({"a":1,"a":"x","a":2})");
}

TEST_F(BatchTableTest, CompressedTextIsNamedSo) {
  request_.format = FileFormat::kCsv;
  request_.compression = "gzip";
  const auto files = write("SELECT 7 AS a");
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files[0].path, "b7-0.csv.gz");
  EXPECT_EQ(files[0].bytes, content("b7-0.csv.gz").size());
  EXPECT_EQ(text("SELECT a FROM '" + (folder_ / "b7-0.csv.gz").string() + "'"), "7");
}

TEST_F(BatchTableTest, RowGroupsHaveAsManyRowsAsAsked) {
  request_.row_group_rows = 4096;
  write("SELECT range AS a FROM range(10000)");
  EXPECT_EQ(text("SELECT list(n ORDER BY n) FROM (SELECT DISTINCT row_group_num_rows AS n FROM "
                 "parquet_metadata('" +
                 folder_.string() + "/b7-0.parquet'))"),
            "[1808, 4096]");
}

TEST_F(BatchTableTest, HugeintIsRefusedForParquet) {
  auto files = table("SELECT [{'x': 1::HUGEINT}] AS big")->write_files(request_);
  ASSERT_FALSE(files);
  EXPECT_EQ(files.error().kind(), Kind::kUser);
  EXPECT_NE(files.error().message().find("CAST(\"big\" AS"), std::string::npos);
}

TEST_F(BatchTableTest, CompressionIsTaken) {
  request_.compression = "snappy";
  write("SELECT 1 AS a");
  EXPECT_EQ(
      text("SELECT compression FROM parquet_metadata('" + folder_.string() + "/b7-0.parquet')"),
      "SNAPPY");
}

TEST_F(BatchTableTest, ErrorOfTheDataIsTheUsers) {
  auto files =
      table("SELECT CAST('x' || range AS INTEGER) AS a FROM range(3)")->write_files(request_);
  ASSERT_FALSE(files);
  EXPECT_EQ(files.error().kind(), Kind::kUser);
}

TEST_F(BatchTableTest, EveryRowMustMatch) {
  request_.every_row = "a < 3 -- small";
  EXPECT_EQ(write("SELECT unnest([1, 2]) AS a")[0].rows, 2U);
  const auto files = table("SELECT unnest([1, NULL]) AS a, 'x' AS b")->write_files(request_);
  ASSERT_FALSE(files);
  EXPECT_EQ(files.error().kind(), Kind::kUser);
  EXPECT_NE(files.error().message().find("E_REPLACE_WHERE"), std::string::npos);
  EXPECT_NE(files.error().message().find("'a': NULL, 'b': x"), std::string::npos)
      << files.error().message();
}

}  // namespace
}  // namespace sluice::sql
