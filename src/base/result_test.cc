#include "sluice/base/result.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace sluice {
namespace {

Result<int> parse(bool good) {
  if (!good) return user_error("no number");
  return 7;
}

Status twice(bool good, int& sum) {
  SLUICE_ASSIGN(const int number, parse(good));
  sum += 2 * number;
  return {};
}

TEST(Result, ValuePassesThroughAssign) {
  int sum = 0;
  EXPECT_TRUE(twice(true, sum));
  EXPECT_EQ(sum, 14);
}

TEST(Result, ErrorPassesThroughAssign) {
  int sum = 0;
  const Status status = twice(false, sum);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind(), Kind::kUser);
  EXPECT_EQ(sum, 0);
}

TEST(Result, MoveOnlyValuesWork) {
  Result<std::unique_ptr<int>> made = std::make_unique<int>(3);
  EXPECT_EQ(*std::move(*made), 3);
}

TEST(Error, ContextGoesInFront) {
  const Error error = user_error("no such file").with("open a.csv").with("source files");
  EXPECT_EQ(error.message(), "source files: open a.csv: no such file");
}

}  // namespace
}  // namespace sluice
