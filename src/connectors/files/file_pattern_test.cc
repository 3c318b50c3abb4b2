#include "connectors/files/file_pattern.h"

#include <chrono>
#include <filesystem>

#include <gtest/gtest.h>

#include "support/temporary_folder.h"

namespace sluice::connectors {
namespace {

class FilePatternTest : public testing::Test {
 protected:
  std::vector<std::string> names(const std::string& path, bool recursive = false,
                                 FileOrder order = FileOrder::kName) {
    FilePattern pattern(folder_.at(path), recursive);
    EXPECT_TRUE(pattern.resolve(*files_));
    const auto listed = pattern.list(*files_, order);
    std::vector<std::string> result;
    for (const SourceFile& file : *listed) result.push_back(file.name);
    return result;
  }
  void put(const std::vector<std::string>& names) {
    for (const std::string& name : names) folder_.put(name, "x");
  }

  using Names = std::vector<std::string>;
  io::TemporaryFolder folder_;
  std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
};

TEST_F(FilePatternTest, FolderMeansItsFiles) {
  put({"in/b.csv", "in/a.csv", "in/sub/c.csv"});
  EXPECT_EQ(names("in"), (Names{"a.csv", "b.csv"}));
  EXPECT_EQ(names("in", /*recursive=*/true), (Names{"a.csv", "b.csv", "sub/c.csv"}));
}

TEST_F(FilePatternTest, HiddenFilesAndFoldersArePassedBy) {
  put({"in/_tmp", "in/.x", "in/a._COPYING_", "in/_staging/a", "in/_k=v/a", "in/ok"});
  EXPECT_EQ(names("in", /*recursive=*/true), (Names{"_k=v/a", "ok"}));
}

TEST_F(FilePatternTest, AFileByNameIsTakenWhateverItsName) {
  put({"in/_a.csv", "in/b.csv"});
  EXPECT_EQ(names("in/_a.csv"), Names{"_a.csv"});
}

TEST_F(FilePatternTest, GlobsMatchNames) {
  put({"in/a.csv", "in/b.txt", "in/2024/c.csv"});
  EXPECT_EQ(names("in/*.csv"), Names{"a.csv"});
  EXPECT_EQ(names("in/*/?.csv"), Names{"2024/c.csv"});
  EXPECT_EQ(names("in/[ab].*"), (Names{"a.csv", "b.txt"}));
  EXPECT_EQ(names("in/*.csv", /*recursive=*/true), (Names{"2024/c.csv", "a.csv"}));
}

TEST_F(FilePatternTest, ANameThatExistsIsNoGlob) {
  put({"in/a[1].csv", "in/a1.csv", "in/x*.csv", "in/xy.csv", "in/d[2]/b.csv", "in/d2/c.csv"});
  EXPECT_EQ(names("in/a[1].csv"), Names{"a[1].csv"});
  EXPECT_EQ(names("in/x*.csv"), Names{"x*.csv"});
  EXPECT_EQ(names("in/d[2]"), Names{"b.csv"});
  EXPECT_EQ(names("in/d[2]/*.csv"), Names{"b.csv"});
  EXPECT_EQ(names("in/d[23]/*.csv"), Names{"d2/c.csv"});
  EXPECT_EQ(names("in/[ad]2/c.csv"), Names{"d2/c.csv"});
  EXPECT_EQ(names("in/*/c.csv"), Names{"d2/c.csv"});
}

TEST_F(FilePatternTest, ANameBehindAGlobMayBeMeantAsItStands) {
  put({"in/2024/a[1].csv", "in/2024/b.csv"});
  EXPECT_EQ(names("in/*/a[1].csv"), Names{"2024/a[1].csv"});
}

TEST_F(FilePatternTest, TimeOrderIsByChange) {
  put({"in/a", "in/b", "in/c"});
  const auto now = std::filesystem::file_time_type::clock::now();
  std::filesystem::last_write_time(folder_.at("in/c"), now - std::chrono::hours(2));
  std::filesystem::last_write_time(folder_.at("in/a"), now - std::chrono::hours(1));
  EXPECT_EQ(names("in", false, FileOrder::kTime), (Names{"c", "a", "b"}));
}

TEST_F(FilePatternTest, AMissingPathIsTheUsersError) {
  FilePattern pattern(folder_.at("none"), false);
  const Status resolved = pattern.resolve(*files_);
  ASSERT_FALSE(resolved);
  EXPECT_EQ(resolved.error().kind(), Kind::kUser);
}

TEST_F(FilePatternTest, AFolderThatWentAwayIsNotEmpty) {
  put({"in/a"});
  FilePattern pattern(folder_.at("in"), false);
  ASSERT_TRUE(pattern.resolve(*files_));
  std::filesystem::remove_all(folder_.at("in"));
  const auto listed = pattern.list(*files_, FileOrder::kName);
  ASSERT_FALSE(listed);
  EXPECT_EQ(listed.error().kind(), Kind::kTransient);
}

TEST_F(FilePatternTest, NamesMustBeUtf8) {
  put({"in/a\xFF"});
  FilePattern pattern(folder_.at("in"), false);
  ASSERT_TRUE(pattern.resolve(*files_));
  EXPECT_FALSE(pattern.list(*files_, FileOrder::kName));
}

}  // namespace
}  // namespace sluice::connectors
