#include "connectors/files/line_files.h"

#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "io/file_system.h"
#include "support/temporary_folder.h"
#include "support/text_table.h"

namespace sluice::connectors {
namespace {

using connector::TextTable;
using connector::WrittenFile;
using data::TypeId;

class LineFilesTest : public testing::Test {
 protected:
  LineFilesTest() {
    request_.folder = folder_.path();
    request_.name_prefix = "b7-";
  }

  std::vector<WrittenFile> write(std::vector<TextTable::Row> rows) {
    TextTable table(schema_, std::move(rows));
    auto files = write_json_lines(table, request_);
    EXPECT_TRUE(files) << files.error().message();
    return files ? *files : std::vector<WrittenFile>();
  }
  std::string content(const WrittenFile& file) { return *files_->read(folder_.at(file.path)); }

  static std::vector<TextTable::Row> numbered(int rows) {
    std::vector<TextTable::Row> result;
    for (int i = 0; i < rows; ++i) result.push_back({std::to_string(i), "x", "2024-01-01"});
    return result;
  }

  io::TemporaryFolder folder_;
  std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
  data::Schema schema_{{{"id", TypeId::kBigint}, {"t", TypeId::kVarchar}, {"day", TypeId::kDate}}};
  LineFilesRequest request_;
};

TEST_F(LineFilesTest, ALineIsARow) {
  const auto files = write({{"1", "a\n", std::nullopt}, {"-2", std::nullopt, "2024-02-29"}});
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files[0].path, "b7-0.jsonl");
  EXPECT_EQ(files[0].rows, 2U);
  const std::string text =
      "{\"id\":1,\"t\":\"a\\n\",\"day\":null}\n{\"id\":-2,\"t\":null,\"day\":\"2024-02-29\"}\n";
  EXPECT_EQ(content(files[0]), text);
  EXPECT_EQ(files[0].bytes, text.size());
}

TEST_F(LineFilesTest, NoRowsNoFile) {
  EXPECT_TRUE(write({}).empty());
  request_.rows_per_file = 10;
  request_.partition_by = {"day"};
  EXPECT_TRUE(write({}).empty());
  EXPECT_TRUE(files_->list(folder_.path(), true)->empty());
}

TEST_F(LineFilesTest, RowsPerFileIsExactOverChunks) {
  request_.rows_per_file = 3000;
  const auto files = write(numbered(7000));
  ASSERT_EQ(files.size(), 3U);
  EXPECT_EQ(files[0].rows, 3000U);
  EXPECT_EQ(files[1].rows, 3000U);
  EXPECT_EQ(files[2].rows, 1000U);
  EXPECT_EQ(files[2].path, "b7-2.jsonl");
  EXPECT_TRUE(content(files[1]).starts_with("{\"id\":3000,"));
}

TEST_F(LineFilesTest, PartitionsAreFoldersAndLeaveTheirColumnsOut) {
  request_.partition_by = {"day", "t"};
  const auto files = write({{"1", "x", "2024-01-01"},
                            {"2", "y/z", "2024-01-01"},
                            {"3", "x", "2024-01-01"},
                            {"4", "x", std::nullopt}});
  std::map<std::string, std::string> contents;
  for (const WrittenFile& file : files) {
    contents[file.path.substr(0, file.path.rfind('/'))] += content(file);
  }
  EXPECT_EQ(contents, (std::map<std::string, std::string>{
                          {"day=2024-01-01/t=x", "{\"id\":1}\n{\"id\":3}\n"},
                          {"day=2024-01-01/t=y%2Fz", "{\"id\":2}\n"},
                          {"day=__HIVE_DEFAULT_PARTITION__/t=x", "{\"id\":4}\n"}}));
}

TEST_F(LineFilesTest, TheEmptyTextIsTheNullPartition) {
  request_.partition_by = {"t"};
  const auto files = write({{"1", "", std::nullopt}, {"2", std::nullopt, std::nullopt}});
  for (const WrittenFile& file : files) {
    EXPECT_TRUE(file.path.starts_with("t=__HIVE_DEFAULT_PARTITION__/"));
    EXPECT_EQ(file.partition_values.at("t"), std::nullopt);
  }
}

TEST_F(LineFilesTest, PackedFilesAreNamedSo) {
  for (const auto& [packing, name] : {std::pair(io::Packing::kGzip, "b7-0.jsonl.gz"),
                                      std::pair(io::Packing::kZstd, "b7-0.jsonl.zst")}) {
    request_.packing = packing;
    const auto files = write(numbered(5000));
    ASSERT_EQ(files.size(), 1U);
    EXPECT_EQ(files[0].path, name);
    EXPECT_EQ(files[0].bytes, files_->stat(folder_.at(name))->bytes);
    std::string text(1 << 20, '\0');
    io::UnpackedFile unpacked(*files_, folder_.at(name), packing, 4096);
    text.resize(*unpacked.read_at(0, text));
    EXPECT_EQ(std::ranges::count(text, '\n'), 5000);
  }
}

TEST_F(LineFilesTest, AValueThatNoFolderCanHaveIsTheUsers) {
  request_.partition_by = {"t"};
  TextTable table(schema_, {{"1", std::string(300, 'x'), std::nullopt}});
  const auto files = write_json_lines(table, request_);
  ASSERT_FALSE(files);
  EXPECT_EQ(files.error().kind(), Kind::kUser);
  EXPECT_NE(files.error().message().find("E_PARTITION_VALUE"), std::string::npos);
}

TEST_F(LineFilesTest, AFileThatCannotBeMadeIsAnError) {
  request_.folder = folder_.at("missing");
  TextTable table(schema_, numbered(1));
  EXPECT_FALSE(write_json_lines(table, request_));
}

}  // namespace
}  // namespace sluice::connectors
