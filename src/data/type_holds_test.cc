#include "data/type_holds.h"

#include <gtest/gtest.h>

namespace sluice::data {
namespace {

bool holds(const char* to, const char* from) {
  return type_holds(*Type::parse(to), *Type::parse(from));
}

TEST(TypeHolds, WiderNumbers) {
  EXPECT_TRUE(holds("SMALLINT", "TINYINT"));
  EXPECT_TRUE(holds("BIGINT", "INTEGER"));
  EXPECT_TRUE(holds("DOUBLE", "REAL"));
  EXPECT_TRUE(holds("DOUBLE", "INTEGER"));
  EXPECT_FALSE(holds("INTEGER", "BIGINT"));
  EXPECT_FALSE(holds("DOUBLE", "BIGINT"));
  EXPECT_FALSE(holds("REAL", "INTEGER"));
  EXPECT_FALSE(holds("BIGINT", "UINTEGER"));
}

TEST(TypeHolds, DecimalsGrowOnBothSidesOfThePoint) {
  EXPECT_TRUE(holds("DECIMAL(12,4)", "DECIMAL(10,2)"));
  EXPECT_FALSE(holds("DECIMAL(10,4)", "DECIMAL(10,2)"));
  EXPECT_FALSE(holds("DECIMAL(12,1)", "DECIMAL(10,2)"));
  EXPECT_TRUE(holds("DECIMAL(10,0)", "INTEGER"));
  EXPECT_FALSE(holds("DECIMAL(19,0)", "BIGINT"));
  EXPECT_TRUE(holds("DECIMAL(22,2)", "BIGINT"));
}

TEST(TypeHolds, ATimestampForADateButNoInstant) {
  EXPECT_TRUE(holds("TIMESTAMP", "DATE"));
  EXPECT_FALSE(holds("TIMESTAMPTZ", "DATE"));
  EXPECT_FALSE(holds("TIMESTAMPTZ", "TIMESTAMP"));
}

TEST(TypeHolds, JsonIsText) {
  EXPECT_TRUE(holds("VARCHAR[]", "JSON[]"));
  EXPECT_FALSE(holds("JSON", "VARCHAR"));
}

TEST(TypeHolds, StructsGoByName) {
  EXPECT_TRUE(holds("STRUCT(b VARCHAR, a BIGINT)", "STRUCT(a INTEGER)"));
  EXPECT_FALSE(holds("STRUCT(a BIGINT)", "STRUCT(a BIGINT, b VARCHAR)"));
  EXPECT_FALSE(holds("STRUCT(A BIGINT)", "STRUCT(a BIGINT)"));
  EXPECT_TRUE(holds("MAP(VARCHAR, BIGINT[])", "MAP(VARCHAR, INTEGER[])"));
}

}  // namespace
}  // namespace sluice::data
