#include "io/named_file.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "support/temporary_folder.h"

namespace sluice::io {
namespace {

namespace fs = std::filesystem;

class NamedFileTest : public testing::Test {
 protected:
  static void append(const std::string& path) { std::ofstream(path, std::ios::app) << "x"; }
  static NamedFile found(const std::string& path) {
    auto file = NamedFile::find(path);
    EXPECT_TRUE(file && *file);
    return **std::move(file);
  }

  TemporaryFolder folder_;
  const std::string path_ = folder_.at("log");
};

TEST_F(NamedFileTest, IsTheSameWhenItHasGrown) {
  append(path_);
  const NamedFile file = found(path_);
  append(path_);
  EXPECT_TRUE(file.is_still_there());
}

TEST_F(NamedFileTest, AFileThatWasMadeAgainIsAnotherOne) {
  append(path_);
  NamedFile file = found(path_);
  // Without something that holds it a new file often gets the old one's number.
  for (int i = 0; i < 20; ++i) {
    fs::remove(path_);
    EXPECT_FALSE(file.is_still_there());
    append(path_);
    EXPECT_FALSE(file.is_still_there());
    file = found(path_);
    EXPECT_TRUE(file.is_still_there());
  }
}

TEST_F(NamedFileTest, NothingIsFoundWhereNothingIs) {
  const auto file = NamedFile::find(path_);
  ASSERT_TRUE(file) << file.error().message();
  EXPECT_FALSE(*file);
}

}  // namespace
}  // namespace sluice::io
