#include "sql/files/parquet_rewriter.h"

#include <algorithm>
#include <filesystem>

#include <gtest/gtest.h>
#include <unistd.h>

#include "sql/functions/open_database.h"

namespace sluice::sql {
namespace {

using data::ParquetRows;
using data::quote_literal;

class ParquetRewriterTest : public testing::Test {
 protected:
  ParquetRewriterTest() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::temp_directory_path() /
              ("sluice_rewriter_" + std::to_string(getpid()) + test->name());
    std::filesystem::create_directories(folder_);
    rewriter_ = make_parquet_rewriter({.threads = 1, .temp_folder = folder_ / "spill"});
    session_ = *database_->connect();
  }
  ~ParquetRewriterTest() override { std::filesystem::remove_all(folder_); }

  /// A file of the table with the partition value `k`.
  void put(ParquetRows& table, const std::string& name, const std::string& select,
           std::optional<std::string> k = std::nullopt) {
    const std::string path = folder_ / name;
    const auto status =
        session_->execute("COPY (" + select + ") TO " + quote_literal(path) + " (FORMAT parquet)");
    EXPECT_TRUE(status) << status.error().message();
    data::ParquetFile file;
    file.path = path;
    file.partition_values = {{"k", std::move(k)}};
    table.files.push_back(std::move(file));
    table.schema = data::Schema({{"id", data::TypeId::kBigint},
                                 {"v", data::TypeId::kVarchar},
                                 {"k", data::TypeId::kVarchar}});
  }

  connector::Rewrite request(const ParquetRows& table) const {
    connector::Rewrite out;
    out.from = table;
    out.to.folder = folder_;
    out.to.name_prefix = "new-";
    out.to.partition_by = {"k"};
    out.to.statistics = true;
    return out;
  }

  std::vector<std::string> rows(const std::vector<connector::WrittenFile>& files) {
    std::vector<std::string> out;
    for (const auto& file : files) {
      const auto found = session_->query("SELECT concat_ws('|', id, v) FROM read_parquet(" +
                                         quote_literal((folder_ / file.path).string()) +
                                         ", hive_partitioning = false)");
      EXPECT_TRUE(found) << found.error().message();
      for (const auto& row : found->values) {
        out.push_back(*row[0] + "|" + file.partition_values.at("k").value_or("NULL"));
      }
    }
    std::ranges::sort(out);
    return out;
  }

  using Texts = std::vector<std::string>;
  std::filesystem::path folder_;
  std::unique_ptr<connector::ParquetRewriter> rewriter_;
  std::unique_ptr<Database> database_ = *open_database("", {.threads = 1});
  std::unique_ptr<Session> session_;
};

TEST_F(ParquetRewriterTest, FindsTheFilesThatHoldAKey) {
  ParquetRows table;
  put(table, "1.parquet", "SELECT 1::BIGINT AS id, 'a' AS v");
  put(table, "2.parquet", "SELECT 2::BIGINT AS id, 'b' AS v");
  put(table, "3.parquet", "SELECT NULL::BIGINT AS id, 'c' AS v");
  ParquetRows keys;
  put(keys, "keys.parquet", "SELECT unnest([NULL, 1, 7])::BIGINT AS id, 'new' AS v");
  const auto found = rewriter_->find_keys(table, keys, {"id"});
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_EQ(*found, (std::vector<std::size_t>{0, 2}));
}

TEST_F(ParquetRewriterTest, PartitionValuesArePartOfTheKey) {
  ParquetRows table;
  put(table, "1.parquet", "SELECT 1::BIGINT AS id, 'a' AS v", "x");
  put(table, "2.parquet", "SELECT 1::BIGINT AS id, 'a' AS v", "y");
  put(table, "3.parquet", "SELECT 1::BIGINT AS id, 'a' AS v");
  ParquetRows keys;
  put(keys, "k1.parquet", "SELECT 1::BIGINT AS id, 'new' AS v", "y");
  put(keys, "k2.parquet", "SELECT 1::BIGINT AS id, 'new' AS v");
  EXPECT_EQ(*rewriter_->find_keys(table, keys, {"id", "k"}), (std::vector<std::size_t>{1, 2}));
}

TEST_F(ParquetRewriterTest, LeavesOutTheRowsOfTheKeys) {
  ParquetRows table;
  put(table, "1.parquet", "SELECT unnest([1, 2, NULL])::BIGINT AS id, 'a' AS v", "x");
  put(table, "2.parquet", "SELECT unnest([1, 3])::BIGINT AS id, 'b' AS v");
  auto rewrite = request(table);
  put(rewrite.without, "keys.parquet", "SELECT unnest([1, NULL])::BIGINT AS id, 'new' AS v");
  rewrite.key = {"id"};
  const auto files = rewriter_->rewrite(rewrite);
  ASSERT_TRUE(files) << files.error().message();
  EXPECT_EQ(rows(*files), (Texts{"2|a|x", "3|b|NULL"}));
}

TEST_F(ParquetRewriterTest, LeavesOutWhatAConditionNames) {
  ParquetRows table;
  put(table, "1.parquet", "SELECT unnest([1, 2, NULL])::BIGINT AS id, 'a' AS v", "x");
  auto rewrite = request(table);
  rewrite.where_not = "id = 1 -- only this one";
  EXPECT_EQ(rows(*rewriter_->rewrite(rewrite)), (Texts{"2|a|x", "a|x"}));
}

TEST_F(ParquetRewriterTest, ValuesOfWholeFilesTellThemApart) {
  ParquetRows table;
  for (const char* k : {"x", "y", "x"}) put(table, "1.parquet", "SELECT 1::BIGINT AS id", k);
  put(table, "1.parquet", "SELECT 1::BIGINT AS id");
  const auto found = rewriter_->match_partitions(table, "k = 'x' -- or another");
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_EQ(*found, (std::vector<bool>{true, false, true, false}));
}

TEST_F(ParquetRewriterTest, ValuesOfWholeFilesAreNotEnough) {
  ParquetRows table;
  put(table, "1.parquet", "SELECT 1::BIGINT AS id", "x");
  const auto found = rewriter_->match_partitions(table, "k = 'x' AND id = 1");
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_EQ(*found, std::nullopt);
}

TEST_F(ParquetRewriterTest, CountsTheRowsThatMatch) {
  ParquetRows table;
  put(table, "1.parquet", "SELECT unnest([1, 2, NULL])::BIGINT AS id", "x");
  put(table, "2.parquet", "SELECT unnest([3, 4])::BIGINT AS id", "x");
  put(table, "3.parquet", "SELECT unnest([3, 4])::BIGINT AS id", "y");
  const auto counts = rewriter_->count_rows(table, "id > 1 AND k = 'x'");
  ASSERT_TRUE(counts) << counts.error().message();
  EXPECT_EQ(*counts, (std::vector<std::uint64_t>{1, 2, 0}));
}

TEST_F(ParquetRewriterTest, ConditionOverOtherColumnsIsRefused) {
  const data::Schema schema({{"id", data::TypeId::kBigint}});
  EXPECT_TRUE(rewriter_->check_condition(schema, "id > 1 -- and more"));
  for (const char* wrong : {"day > 1", "id >", "count(*) > 1"}) {
    const auto checked = rewriter_->check_condition(schema, wrong);
    ASSERT_FALSE(checked) << wrong;
    EXPECT_EQ(checked.error().kind(), Kind::kUser) << wrong;
  }
}

TEST_F(ParquetRewriterTest, WritesNoFileWithoutRows) {
  ParquetRows table;
  put(table, "1.parquet", "SELECT 1::BIGINT AS id, 'a' AS v", "x");
  auto rewrite = request(table);
  rewrite.without = table;
  rewrite.key = {"id"};
  EXPECT_TRUE(rewriter_->rewrite(rewrite)->empty());
}

TEST_F(ParquetRewriterTest, AColumnThatAFileLacksIsNull) {
  ParquetRows table;
  put(table, "1.parquet", "SELECT 1::BIGINT AS id", "x");
  put(table, "2.parquet", "SELECT 2::BIGINT AS id, 'b' AS v", "x");
  EXPECT_EQ(rows(*rewriter_->rewrite(request(table))), (Texts{"1|x", "2|b|x"}));
}

}  // namespace
}  // namespace sluice::sql
