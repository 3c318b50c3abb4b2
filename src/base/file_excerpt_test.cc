#include "base/file_excerpt.h"

#include <cstdio>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

namespace sluice {
namespace {

class FileExcerpt : public testing::Test {
 protected:
  void TearDown() override { std::remove(file_.c_str()); }
  void write(const std::string& text) { std::ofstream(file_) << text; }

  const std::string file_ = testing::TempDir() + "file_excerpt_test.yaml";
};

TEST_F(FileExcerpt, HasTheLinesAroundAPlace) {
  write("a: 1\nb: 2\n\nd: 4\ne: 5\n");
  const auto lines = lines_around(file_, {4, 2}, 2);
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(lines[0].number, 2);
  EXPECT_EQ(lines[1].text, "");
  EXPECT_EQ(lines[2].text, "d: 4");
  EXPECT_EQ(lines[2].column, 1U);
  EXPECT_FALSE(lines[3].column);
}

TEST_F(FileExcerpt, SecretsAroundThePlaceAreBlankedOut) {
  write("tokens:\n  - hunter2\nx: {password: hunter2, y: 1}\nbad: 1\nkey.password: hunter2\n");
  std::string text;
  for (const FileLine& line : lines_around(file_, {4, 1}, 3)) text += line.text + "\n";
  EXPECT_EQ(text, "tokens:\n***\nx: {password: ***, y: 1}\nbad: 1\nkey.password: ***\n");
}

TEST_F(FileExcerpt, OfAPlaceBehindTheEndThereIsNothing) {
  write("a: 1\n");
  EXPECT_TRUE(lines_around(file_, {2, 1}, 3).empty());
  EXPECT_TRUE(lines_around(file_ + "x", {1, 1}, 3).empty());
}

TEST_F(FileExcerpt, LongLinesAreNotShown) {
  write(std::string(1'000'000, 'x') + "\nb: 2\n");
  const auto lines = lines_around(file_, {2, 1}, 1);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].text, "***");
}

}  // namespace
}  // namespace sluice
