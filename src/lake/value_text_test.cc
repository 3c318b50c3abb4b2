#include "lake/value_text.h"

#include <gtest/gtest.h>

namespace sluice::lake {
namespace {

using data::Type;
using data::TypeId;

std::string partition(TypeId type, const std::string& value) {
  const auto text = partition_text(type, value);
  if (!text) return "error: " + text.error().message();
  return *text ? **text : "(null)";
}

TEST(PartitionText, FollowsTheProtocol) {
  EXPECT_EQ(partition(TypeId::kBigint, "-7"), "-7");
  EXPECT_EQ(partition(TypeId::kBoolean, "true"), "true");
  EXPECT_EQ(partition(TypeId::kVarchar, "a b/c=%"), "a b/c=%");
  EXPECT_EQ(partition(TypeId::kDate, "2024-01-02"), "2024-01-02");
  EXPECT_EQ(partition(TypeId::kTimestamp, "2024-01-02 03:04:05"), "2024-01-02 03:04:05.000000");
  EXPECT_EQ(partition(TypeId::kTimestampTz, "2024-01-02 03:04:05.5+00"),
            "2024-01-02T03:04:05.500000Z");
  EXPECT_EQ(partition(TypeId::kDouble, "nan"), "NaN");
  EXPECT_EQ(partition(TypeId::kReal, "-inf"), "-Infinity");
}

TEST(PartitionText, EmptyTextAndNullAreNull) {
  EXPECT_EQ(partition(TypeId::kVarchar, ""), "(null)");
  const auto null = partition_text(TypeId::kBigint, std::nullopt);
  ASSERT_TRUE(null);
  EXPECT_FALSE(null->has_value());
}

TEST(PartitionText, RefusesTimesWithoutText) {
  EXPECT_FALSE(partition_text(TypeId::kDate, std::string("infinity")));
  EXPECT_FALSE(partition_text(TypeId::kDate, std::string("0044-03-15 (BC)")));
  EXPECT_FALSE(partition_text(TypeId::kTimestamp, std::string("12024-01-02 03:04:05")));
}

TEST(Bounds, NumbersStayAsTheyAre) {
  EXPECT_EQ(minimum_json(TypeId::kBigint, "-12"), "-12");
  EXPECT_EQ(maximum_json(Type::decimal(22, 12), "31921.480000000000"), "31921.480000000000");
}

TEST(Bounds, WhatJsonCannotSayIsLeftOut) {
  EXPECT_EQ(minimum_json(TypeId::kDouble, "1.5"), "1.5");
  EXPECT_EQ(maximum_json(TypeId::kDouble, "1e+300"), "1e+300");
  EXPECT_EQ(minimum_json(TypeId::kDouble, "-inf"), std::nullopt);
  EXPECT_EQ(maximum_json(TypeId::kReal, "nan"), std::nullopt);
}

TEST(Bounds, LongTextIsCutToASafeBound) {
  const std::string text(100, 'z');
  EXPECT_EQ(minimum_json(TypeId::kVarchar, text), "\"" + std::string(32, 'z') + "\"");
  EXPECT_EQ(maximum_json(TypeId::kVarchar, text), "\"" + std::string(32, 'z') + "\U0010FFFF\"");
}

TEST(Bounds, TextIsCutBetweenCharacters) {
  std::string text;
  for (int i = 0; i < 40; ++i) text += "\u00e9";
  EXPECT_EQ(minimum_json(TypeId::kVarchar, text), "\"" + text.substr(0, 64) + "\"");
}

TEST(Bounds, TimesAreRoundedOutwards) {
  EXPECT_EQ(minimum_json(TypeId::kTimestamp, "2024-01-02 03:04:05.123456"),
            "\"2024-01-02T03:04:05.123\"");
  EXPECT_EQ(maximum_json(TypeId::kTimestampTz, "2024-01-02 03:04:05.123456+00"),
            "\"2024-01-02T03:04:05.124Z\"");
  EXPECT_EQ(maximum_json(TypeId::kTimestamp, "2024-01-02 03:04:05.999999"), std::nullopt);
  EXPECT_EQ(maximum_json(TypeId::kDate, "infinity"), std::nullopt);
}

TEST(Bounds, NoneForOtherTypes) {
  EXPECT_EQ(minimum_json(TypeId::kBoolean, "0"), std::nullopt);
  EXPECT_EQ(minimum_json(TypeId::kBlob, "6162"), std::nullopt);
}

}  // namespace
}  // namespace sluice::lake
