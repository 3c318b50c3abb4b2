#include "app/infer/value_shape.h"

#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace sluice::app {
namespace {

using Expected = std::vector<std::pair<std::string_view, Shape>>;

void expect_shapes(const Expected& expected) {
  for (const auto& [text, shape] : expected) {
    EXPECT_EQ(word_of(shape_of(text).shape), word_of(shape)) << text;
    EXPECT_EQ(shape_of(text).shape, shape) << text;
  }
}

TEST(ValueShape, NumbersAsDecodersReadThem) {
  expect_shapes({{"0", Shape::kInteger},
                 {"-12", Shape::kInteger},
                 {"170141183460469231731687303715884105727", Shape::kInteger},
                 {"170141183460469231731687303715884105728", Shape::kLongInteger},
                 {"0.5", Shape::kDecimal},
                 {".5", Shape::kDecimal},
                 {"1e-3", Shape::kFloat},
                 {"NaN", Shape::kFloat},
                 {"-Infinity", Shape::kFloat}});
}

TEST(ValueShape, TextsOfDigits) {
  expect_shapes({{"00123", Shape::kLeadingZero},
                 {"+4930123", Shape::kPlus},
                 {"12-34", Shape::kText},
                 {"1.2.3", Shape::kText},
                 {"5.", Shape::kText}});
}

TEST(ValueShape, NumbersAsPeopleWriteThem) {
  expect_shapes({{"12,50", Shape::kCommaDecimal},
                 {"-1.234,5", Shape::kCommaDecimal},
                 {"1.234.567", Shape::kCommaDecimal},
                 {"1,234", Shape::kGrouped},
                 {"1,234,567.89", Shape::kGrouped},
                 {"$1,234.50", Shape::kMoney},
                 {"12,50 €", Shape::kMoney},
                 {"1,2,3", Shape::kText},
                 {"USD", Shape::kText}});
  EXPECT_EQ(shape_of("12,50 €").amount, Shape::kCommaDecimal);
  EXPECT_EQ(shape_of("$1,234.50").fraction_digits, 2);
}

TEST(ValueShape, Times) {
  expect_shapes({{"2024-02-29", Shape::kDate},
                 {"2023-02-29", Shape::kYearFirst},
                 {"2024-02-29T10:00", Shape::kTimestamp},
                 {"2024-02-29 10:00:00.5Z", Shape::kTimestampTz},
                 {"2024-02-29 10:00:00+02:00", Shape::kTimestampTz},
                 {"10:30:00", Shape::kTime},
                 {"2024/2/9", Shape::kYearFirst},
                 {"31/12/2024", Shape::kDayFirst},
                 {"12/31/2024 23:59:59", Shape::kMonthFirst},
                 {"1.2.2024", Shape::kSlashed},
                 {"31/13/2024", Shape::kText},
                 {"1/2-2024", Shape::kText}});
}

TEST(ValueShape, OtherWords) {
  expect_shapes({{"", Shape::kNullWord},
                 {"n/a", Shape::kNullWord},
                 {"NA", Shape::kNullWord},
                 {"na", Shape::kText},
                 {"True", Shape::kBoolean},
                 {"yes", Shape::kText},
                 {"0de3a0c6-9f1b-4a7e-8d2c-1a2b3c4d5e6f", Shape::kUuid},
                 {"0de3a0c6-9f1b-4a7e-8d2c-1a2b3c4d5e6g", Shape::kText}});
}

}  // namespace
}  // namespace sluice::app
