#include "cli/pipeline_files.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "support/temporary_folder.h"

namespace sluice::cli {
namespace {

using Paths = std::vector<std::string>;

class PipelineFiles : public testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& text = "") const {
    std::ofstream(folder_.at(name)) << text;
    return folder_.at(name);
  }
  /// A pipeline into a table of that name, which may be a variable.
  std::string write_pipeline(const std::string& name, const std::string& table) const {
    return write(name + ".yaml",
                 "name: " + name +
                     "\nsources: {numbers: {generator: {rows: 5, columns: {n: {sequence: {}}}}}}\n"
                     "sinks: {out: {from: numbers, memory: {name: \"" +
                     table + "\"}}}\ncheckpoint: " + folder_.at(name) + "\n");
  }

  io::TemporaryFolder folder_;
};

TEST_F(PipelineFiles, FolderGivesItsFilesInOrderOfTheirNames) {
  const Paths expected = {write("a.yml"), write("b.yaml"), write("c.yaml")};
  write("notes.txt");
  write("b.test.yaml");
  std::filesystem::create_directory(folder_.at("z.yaml"));
  std::filesystem::create_directory(folder_.at("below"));
  write("below/d.yaml");
  EXPECT_EQ(*pipeline_files({folder_.path()}), expected);
}

TEST_F(PipelineFiles, FilesAndFoldersAreTakenAsTheyAreGiven) {
  write("a.yaml");
  EXPECT_EQ(*pipeline_files({"z.yaml", folder_.path(), "b"}),
            (Paths{"z.yaml", folder_.at("a.yaml"), "b"}));
}

TEST_F(PipelineFiles, AnEmptyFolderIsAMistake) {
  const auto files = pipeline_files({folder_.path()});
  ASSERT_FALSE(files);
  EXPECT_NE(files.error().message().find("has no pipeline file"), std::string::npos);
}

TEST_F(PipelineFiles, AVariableNeedsOneFileThatUsesIt) {
  const Paths files = {write_pipeline("a", "${TABLE}"), write_pipeline("b", "t")};
  EXPECT_TRUE(load_files(files, {{"TABLE", "t"}}, {}));
  const auto unused = load_files(files, {{"TABLE", "t"}, {"TABEL", "t"}}, {});
  ASSERT_FALSE(unused);
  EXPECT_NE(unused.error().message().find("--var TABEL: no pipeline file has ${TABEL}"),
            std::string::npos);
}

TEST_F(PipelineFiles, OneBrokenFileLeavesTheOthers) {
  const Paths files = {write("a.yaml", "name: [\n"), write_pipeline("b", "t")};
  const auto loaded = load_files(files, {}, {});
  ASSERT_TRUE(loaded);
  EXPECT_FALSE((*loaded)[0].pipeline);
  EXPECT_TRUE((*loaded)[1].pipeline);
}

}  // namespace
}  // namespace sluice::cli
