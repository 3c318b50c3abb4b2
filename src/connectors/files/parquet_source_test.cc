#include "connectors/files/parquet_source.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "support/hand_clock.h"
#include "support/temporary_folder.h"

namespace sluice::connectors {
namespace {

/// Files that have a footer and nothing else: the source reads no more of them.
class ParquetSourceTest : public testing::Test {
 protected:
  ParquetSourceTest() {
    options_.path = folder_.path();
    options_.ending = ".parquet";
    options_.recursive = true;
    options_.complete_within = 60 * kSecond;
  }

  /// FileMetaData of columns without a type, in Thrift's compact protocol.
  static std::string footer(int rows, const std::vector<std::string>& columns) {
    std::string text = "\x15\x02\x19";
    text += static_cast<char>((columns.size() + 1) << 4 | 0x0c);
    text += std::string("\x48\x01r\x15", 4) + static_cast<char>(columns.size() * 2) + '\0';
    for (const std::string& column : columns) {
      text += '\x48' + std::string(1, static_cast<char>(column.size())) + column + '\0';
    }
    return text + '\x16' + static_cast<char>(rows * 2) + '\0';
  }
  void put(const std::string& name, int rows, const std::vector<std::string>& columns = {"id"}) {
    const std::string text = footer(rows, columns);
    folder_.put(name,
                "PAR1" + text + static_cast<char>(text.size()) + std::string(3, '\0') + "PAR1");
  }

  ParquetSource& source() {
    if (!source_) {
      source_ = std::make_unique<ParquetSource>(
          options_, connector::Context{"p", "s", clock_, random_, *files_});
      EXPECT_TRUE(source_->open({}));
      at_ = *source_->initial();
    }
    return *source_;
  }
  /// What the next batch takes: "a.parquet 0-9", a file a line.
  std::string batch(const data::ReadLimit& limit = {}) {
    const auto to = source().latest(at_, limit);
    EXPECT_TRUE(to) << to.error().message();
    const auto read = source().read(at_, *to, {});
    EXPECT_TRUE(read) << read.error().message();
    std::string text;
    std::size_t size = 0;
    for (const data::ParquetFile& file : (*read)->parquet()->files) {
      text += std::filesystem::path(file.path).filename().string() + " " +
              std::to_string(file.rows.first);
      text += file.rows.end == data::RowSelection().end
                  ? "-\n"
                  : "-" + std::to_string(file.rows.end) + "\n";
    }
    size = (*read)->size();
    sizes_.push_back(size);
    at_ = *to;
    return text;
  }
  Error latest_error() {
    auto to = (static_cast<void>(source()), source_->latest(at_, {}));
    EXPECT_FALSE(to);
    return to ? internal_error("no error") : std::move(to).error();
  }

  io::TemporaryFolder folder_;
  std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
  SystemRandom random_;
  HandClock clock_{SystemClock().now()};
  ParquetSourceOptions options_;
  std::unique_ptr<ParquetSource> source_;
  data::Offset at_;
  std::vector<std::size_t> sizes_;
};

TEST_F(ParquetSourceTest, EachFileOnce) {
  put("a.parquet", 3);
  put("b.parquet", 4);
  EXPECT_EQ(batch(), "a.parquet 0-\nb.parquet 0-\n");
  put("c.parquet", 5);
  EXPECT_EQ(batch(), "c.parquet 0-\n");
  EXPECT_EQ(sizes_, (std::vector<std::size_t>{7, 5}));
}

TEST_F(ParquetSourceTest, RecordsAreALimitInsideFiles) {
  put("a.parquet", 5);
  put("b.parquet", 2);
  EXPECT_EQ(batch({.records = 3}), "a.parquet 0-3\n");
  EXPECT_EQ(batch({.records = 3}), "a.parquet 3-\nb.parquet 0-1\n");
  EXPECT_EQ(batch({.records = 3}), "b.parquet 1-\n");
  EXPECT_EQ(sizes_, (std::vector<std::size_t>{3, 3, 1}));
}

TEST_F(ParquetSourceTest, BytesAreALimitByWholeFiles) {
  for (const char* name : {"a.parquet", "b.parquet", "c.parquet"}) put(name, 3);
  const auto bytes = static_cast<std::int64_t>(files_->stat(folder_.at("a.parquet"))->bytes);
  EXPECT_EQ(batch({.bytes = bytes + 1}), "a.parquet 0-\nb.parquet 0-\n");
}

TEST_F(ParquetSourceTest, FilesAreALimit) {
  options_.files_per_trigger_max = 1;
  for (const char* name : {"a.parquet", "b.parquet", "c.parquet"}) put(name, 3);
  EXPECT_EQ(batch(), "a.parquet 0-\n");
  EXPECT_EQ(batch({.all = true}), "b.parquet 0-\nc.parquet 0-\n");
}

TEST_F(ParquetSourceTest, HalfWrittenFileIsWaitedFor) {
  folder_.put("a.parquet", "PAR1 and some pages");
  put("b.parquet", 2);
  EXPECT_EQ(batch(), "b.parquet 0-\n");
  EXPECT_EQ(batch(), "");
  put("a.parquet", 3);
  EXPECT_EQ(batch(), "a.parquet 0-\n");
}

TEST_F(ParquetSourceTest, FileThatStaysHalfWrittenIsNamed) {
  folder_.put("a.parquet", "PAR1 and some pages");
  clock_.micros += 120 * kSecond;
  const Error error = latest_error();
  EXPECT_EQ(error.kind(), Kind::kUser);
  EXPECT_TRUE(error.message().starts_with("E_INCOMPLETE_FILE")) << error.message();
  EXPECT_NE(error.message().find("/a.parquet"), std::string::npos);
}

TEST_F(ParquetSourceTest, OtherNamesArePassedBy) {
  put("_hidden.parquet", 1);
  put("a.parquet.tmp", 1);
  put("day=2024-01-01/a.parquet", 1);
  EXPECT_EQ(batch(), "a.parquet 0-\n");
}

TEST_F(ParquetSourceTest, FirstFileTellsTheColumns) {
  put("k=x%2Fy/b.parquet", 1, {"id", "name"});
  const auto outline = source().outline();
  ASSERT_TRUE(outline);
  ASSERT_EQ(outline->files.size(), 1U);
  EXPECT_EQ(outline->files[0].partition_values.at("k"), "x/y");
}

TEST_F(ParquetSourceTest, WithoutFilesTheColumnsMustBeDeclared) {
  const auto outline = source().outline();
  ASSERT_FALSE(outline);
  EXPECT_NE(outline.error().message().find("schema: {"), std::string::npos);
  options_.schema = data::Schema({{"id", data::TypeId::kBigint}});
  source_.reset();
  EXPECT_EQ(source().outline()->schema, options_.schema);
}

TEST_F(ParquetSourceTest, NewColumnIsNamed) {
  options_.schema = data::Schema({{"ID", data::TypeId::kBigint}});
  options_.fail_on_new_column = true;
  put("a.parquet", 1, {"id"});
  batch();
  put("b.parquet", 1, {"id", "price"});
  const Error error = latest_error();
  EXPECT_TRUE(error.message().starts_with("E_NEW_COLUMN")) << error.message();
  EXPECT_NE(error.message().find("column=price"), std::string::npos);
}

TEST_F(ParquetSourceTest, ColumnOfAFolderThatTheFirstFileLacksIsNamed) {
  options_.fail_on_new_column = true;
  put("a.parquet", 1, {"id"});
  ASSERT_TRUE(source().outline());
  EXPECT_EQ(batch(), "a.parquet 0-\n");
  put("b/day=2024-01-01/b.parquet", 1, {"id"});
  const Error error = latest_error();
  EXPECT_TRUE(error.message().starts_with("E_NEW_COLUMN")) << error.message();
  EXPECT_NE(error.message().find("column=day"), std::string::npos);
}

TEST_F(ParquetSourceTest, ColumnOfAFolderIsNoNewOne) {
  options_.fail_on_new_column = true;
  put("Day=2024-01-01/a.parquet", 1, {"id"});
  ASSERT_TRUE(source().outline());
  put("day=2024-01-02/b.parquet", 1, {"id"});
  const auto to = source().latest(at_, {});
  ASSERT_TRUE(to) << to.error().message();
  const auto read = source().read(at_, *to, {});
  ASSERT_TRUE(read) << read.error().message();
  const auto& files = (*read)->parquet()->files;
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files[0].partition_values.at("Day"), "2024-01-01");
  EXPECT_EQ(files[1].partition_values.at("Day"), "2024-01-02");
}

TEST_F(ParquetSourceTest, ChangedFileCannotBeReadAgain) {
  put("a.parquet", 3);
  const data::Offset start = *source().initial();
  const data::Offset end = *source().latest(start, {});
  source_.reset();
  put("a.parquet", 30, {"longer"});
  const auto read = source().read(start, end, {});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind(), Kind::kCorruption);
}

}  // namespace
}  // namespace sluice::connectors
