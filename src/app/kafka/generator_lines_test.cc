#include "app/kafka/generator_lines.h"

#include <cstdio>
#include <fstream>

#include <gtest/gtest.h>

namespace sluice::app {
namespace {

class Lines : public testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(file_) << R"(name: made
sources:
  a: {generator: {rows: 3, columns: {id: {sequence: {start: 7}}}}}
  b: {generator: {rows: 1, columns: {id: {sequence: {start: 1}}}}}
  gaps: {generator: {rows: 25000, series: 10, gaps: {fraction: 0.2}, columns: {id: {sequence: {}}}}}
  again: {generator: {rows: 25000, duplicates: {fraction: 0.5}, columns: {id: {sequence: {}}}}}
sinks:
  screen: {from: a, console: {}}
checkpoint: ck
)";
  }
  void TearDown() override { std::remove(file_.c_str()); }

  const std::string file_ = testing::TempDir() + "generator_lines_test.yaml";
};

TEST_F(Lines, EndWithTheGenerator) {
  auto next = generator_lines(file_, "a", {});
  ASSERT_TRUE(next) << next.error().message();
  std::string line;
  std::string all;
  while (*(*next)(line)) all += line;
  EXPECT_EQ(all, R"({"id":7}{"id":8}{"id":9})");
}

/// Rows are fewer or more than the numbers that `rows` counts.
TEST_F(Lines, EndWithTheLastNumber) {
  const auto seen = [&](const char* source) {
    auto next = generator_lines(file_, source, {});
    EXPECT_TRUE(next) << next.error().message();
    std::pair<int, std::string> found;
    for (std::string line; *(*next)(line); ++found.first) found.second = line;
    return found;
  };
  const auto gaps = seen("gaps");
  EXPECT_GT(gaps.first, 15'000);
  EXPECT_LT(gaps.first, 24'000);
  const auto again = seen("again");
  EXPECT_GT(again.first, 35'000);
  EXPECT_TRUE(again.second == R"({"id":24999})" || again.second == R"({"id":24998})")
      << again.second;
}

TEST_F(Lines, SeveralGeneratorsNeedAName) {
  const auto next = generator_lines(file_, "", {});
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().message(),
            file_ + ": has several generators, 'a' and 'b'; choose one with --source NAME");
}

}  // namespace
}  // namespace sluice::app
