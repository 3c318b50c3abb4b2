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

TEST_F(Lines, SeveralGeneratorsNeedAName) {
  const auto next = generator_lines(file_, "", {});
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().message(),
            file_ + ": has several generators, 'a' and 'b'; choose one with --source NAME");
}

}  // namespace
}  // namespace sluice::app
