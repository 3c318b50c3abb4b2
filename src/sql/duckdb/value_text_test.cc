#include "sql/duckdb/value_text.h"

#include <gtest/gtest.h>

#include "sql/duckdb/number_text.h"
#include "sql/functions/open_database.h"

namespace sluice::sql {
namespace {

std::string double_text(double value) {
  std::string text;
  append_double(text, value);
  return text;
}

TEST(ValueText, DoublesAreJavas) {
  EXPECT_EQ(double_text(1), "1.0");
  EXPECT_EQ(double_text(1e7), "1.0E7");
  EXPECT_EQ(double_text(9999999), "9999999.0");
  EXPECT_EQ(double_text(0.1 + 0.2), "0.30000000000000004");
  EXPECT_EQ(double_text(1e-5), "1.0E-5");
  EXPECT_EQ(double_text(0.001), "0.001");
  EXPECT_EQ(double_text(-123456.789), "-123456.789");
  EXPECT_EQ(double_text(1.7976931348623157e308), "1.7976931348623157E308");
  EXPECT_EQ(double_text(-0.0), "-0.0");
}

TEST(ValueText, DoublesThatAreNoNumbersHaveJavasNames) {
  EXPECT_EQ(double_text(std::numeric_limits<double>::quiet_NaN()), "NaN");
  EXPECT_EQ(double_text(-std::numeric_limits<double>::infinity()), "-Infinity");
}

TEST(ValueText, FloatsHaveTheirOwnShortestDigits) {
  std::string text;
  append_float(text, 0.1F);
  EXPECT_EQ(text, "0.1");
}

TEST(ValueText, DecimalsArePlain) {
  const auto text = [](__int128 value, int scale) {
    std::string out;
    append_decimal(out, value, scale);
    return out;
  };
  EXPECT_EQ(text(0, 12), "0.000000000000");
  EXPECT_EQ(text(-5, 2), "-0.05");
  EXPECT_EQ(text(150, 2), "1.50");
  EXPECT_EQ(text(static_cast<__int128>(1) << 126, 0), "85070591730234615865843651857942052864");
}

/// What the first value of `select` prints as.
std::string shown(const std::string& select) {
  auto database = open_database("", {});
  auto session = (*database)->connect();
  auto value = (*session)->value("SELECT " + select);
  if (!value) return value.error().message();
  return value->value_or("(null)");
}

TEST(ValueText, TimestampsLoseTrailingZeros) {
  EXPECT_EQ(shown("TIMESTAMP '2024-01-01'"), "2024-01-01 00:00:00");
  EXPECT_EQ(shown("TIMESTAMP '2024-01-01 10:11:12.123400'"), "2024-01-01 10:11:12.1234");
  EXPECT_EQ(shown("TIMESTAMP '1969-12-31 23:59:59.5'"), "1969-12-31 23:59:59.5");
  EXPECT_EQ(shown("TIMESTAMPTZ '2024-01-01 02:00:00+02'"), "2024-01-01 00:00:00");
}

TEST(ValueText, DatesAndTimes) {
  EXPECT_EQ(shown("DATE '0099-02-03'"), "0099-02-03");
  EXPECT_EQ(shown("TIME '01:02:03.5'"), "01:02:03.5");
}

TEST(ValueText, NestedValues) {
  EXPECT_EQ(shown("{'a': 1, 'b': 'x', 'c': NULL::INTEGER}"), "{1, x, NULL}");
  EXPECT_EQ(shown("[1.5::DOUBLE, NULL]"), "[1.5, NULL]");
  EXPECT_EQ(shown("MAP {'a': [1, 2]}"), "{a -> [1, 2]}");
  EXPECT_EQ(shown("[{'a': true}]"), "[{true}]");
}

TEST(ValueText, BlobsAndUuids) {
  EXPECT_EQ(shown("from_hex('616200')"), "[61 62 00]");
  EXPECT_EQ(shown("'0de3a0c6-9f1b-4a7e-8d2c-1a2b3c4d5e6f'::UUID"),
            "0de3a0c6-9f1b-4a7e-8d2c-1a2b3c4d5e6f");
}

TEST(ValueText, IntegersOfEveryWidth) {
  EXPECT_EQ(shown("(-128)::TINYINT"), "-128");
  EXPECT_EQ(shown("18446744073709551615::UBIGINT"), "18446744073709551615");
  EXPECT_EQ(shown("(-170141183460469231731687303715884105728)::HUGEINT"),
            "-170141183460469231731687303715884105728");
  EXPECT_EQ(shown("1.50::DECIMAL(38,2)"), "1.50");
}

TEST(ValueText, NullIsNoText) { EXPECT_EQ(shown("NULL::INTEGER"), "(null)"); }

}  // namespace
}  // namespace sluice::sql
