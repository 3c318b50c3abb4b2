#include "app/generator_lines.h"

#include <cstdio>
#include <fstream>

#include <gtest/gtest.h>

namespace sluice::app {
namespace {

TEST(JsonObject, NumbersStayDigitByDigit) {
  const data::Schema schema({{"a", data::Type::decimal(22, 12)}, {"b", data::TypeId::kVarchar}});
  EXPECT_EQ(json_object(schema, {"12.500000000000", "12.5"}),
            R"({"a":12.500000000000,"b":"12.5"})");
}

TEST(JsonObject, NullAndWhatIsNoJsonNumberAreWrittenAsJson) {
  const data::Schema schema({{"a", data::TypeId::kDouble}, {"b\"", data::TypeId::kDate}});
  EXPECT_EQ(json_object(schema, {"NaN", std::nullopt}), R"({"a":"NaN","b\"":null})");
}

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
