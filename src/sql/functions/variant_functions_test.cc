// What Spark 4.2 gives for such variants is compared in test/interop/foreign_tables.py.

#include "sql/functions/variant_functions.h"

#include <gtest/gtest.h>

#include "sql/duckdb/session_zone.h"
#include "sql/functions/open_database.h"

namespace sluice::sql {
namespace {

class VariantJson : public ::testing::Test {
 protected:
  void SetUp() override { session_ = *(*database_)->connect(); }

  /// Of an SQL value.
  std::string json(const std::string& value) {
    return first("SELECT sluice_variant_json((" + value + ")::VARIANT)");
  }
  std::string first(const std::string& sql) {
    auto value = session_->value(sql);
    if (!value) return "error: " + value.error().message();
    return value->value_or("NULL");
  }

  Result<std::unique_ptr<Database>> database_ = open_database("", {});
  std::unique_ptr<Session> session_;
};

TEST_F(VariantJson, Numbers) {
  EXPECT_EQ(json("[(-128)::TINYINT, 127]"), "[-128,127]");
  EXPECT_EQ(json("(-32768)::SMALLINT"), "-32768");
  EXPECT_EQ(json("(-2147483648)::INTEGER"), "-2147483648");
  EXPECT_EQ(json("(-9223372036854775808)::BIGINT"), "-9223372036854775808");
  EXPECT_EQ(json("1e7::DOUBLE"), "1.0E7");
  EXPECT_EQ(json("0.1::FLOAT"), "0.1");
  EXPECT_EQ(json("['NaN'::DOUBLE, 'Infinity', '-Infinity', '-0.0']"),
            R"(["NaN","Infinity","-Infinity",-0.0])");
  EXPECT_EQ(json("'NaN'::FLOAT"), R"("NaN")");
}

TEST_F(VariantJson, DecimalsArePlainAndStripped) {
  EXPECT_EQ(json("0.10::DECIMAL(2,2)"), "0.1");
  EXPECT_EQ(json("(-0.10)::DECIMAL(3,2)"), "-0.1");
  EXPECT_EQ(json("100.00::DECIMAL(9,2)"), "100");
  EXPECT_EQ(json("0.000000000000000001::DECIMAL(18,18)"), "0.000000000000000001");
  EXPECT_EQ(json("0::DECIMAL(38,37)"), "0");
  EXPECT_EQ(json("12345678901234567890123456789012345678::DECIMAL(38,0)"),
            "12345678901234567890123456789012345678");
  EXPECT_EQ(json("(-1234567890.1234567890)::DECIMAL(38,10)"), "-1234567890.123456789");
}

TEST_F(VariantJson, TextsAndBytes) {
  EXPECT_EQ(json("'a\"\\/' || chr(10) || chr(1) || 'é😀'"), R"("a\"\\/\n\u0001é😀")");
  EXPECT_EQ(json("''"), R"("")");
  EXPECT_EQ(json("repeat('x', 300)"), '"' + std::string(300, 'x') + '"');
  EXPECT_EQ(json("unhex('00FF61')"), R"("AP9h")");
  EXPECT_EQ(json("'f47ac10b-58cc-4372-a567-0e02b2c3d479'::UUID"),
            R"("f47ac10b-58cc-4372-a567-0e02b2c3d479")");
}

TEST_F(VariantJson, TimesAreOfTheSessionsClock) {
  EXPECT_EQ(json("DATE '2024-02-29'"), R"("2024-02-29")");
  EXPECT_EQ(json("TIMESTAMP '2024-02-29 12:00:00.5'"), R"("2024-02-29 12:00:00.5")");
  EXPECT_EQ(json("TIMESTAMP_NS '2024-02-29 12:00:00.000000001'"),
            R"("2024-02-29 12:00:00.000000001")");
  EXPECT_EQ(json("TIMESTAMP_NS '1969-12-31 23:59:59.9999999'"), R"("1969-12-31 23:59:59.9999999")");
  EXPECT_EQ(json("TIMESTAMP_NS '2024-02-29 12:00:00.5'"), R"("2024-02-29 12:00:00.5")");
  EXPECT_EQ(json("TIME '01:02:03.04'"), R"("01:02:03.04")");
  EXPECT_EQ(json("TIMESTAMPTZ '2024-02-29 12:00:00+00'"), R"("2024-02-29 12:00:00+00:00")");
  ASSERT_TRUE(set_time_zone(*session_, "Europe/Berlin"));
  EXPECT_EQ(json("TIMESTAMPTZ '2024-07-01 12:00:00+00'"), R"("2024-07-01 14:00:00+02:00")");
  ASSERT_TRUE(set_time_zone(*session_, "America/St_Johns"));
  EXPECT_EQ(json("TIMESTAMPTZ '2024-02-29 12:00:00+00'"), R"("2024-02-29 08:30:00-03:30")");
}

TEST_F(VariantJson, ObjectsAndArrays) {
  EXPECT_EQ(json("{'b': [1, NULL, 3], 'a': {'c': []}, 'é\"': true}"),
            R"({"b":[1,null,3],"a":{"c":[]},"é\"":true})");
  EXPECT_EQ(json("'{}'::JSON"), "{}");
  EXPECT_EQ(json("NULL"), "NULL");
}

// Keys of a chunk's objects share one dictionary, and rows of a filter are a selection of them.
TEST_F(VariantJson, EachRowHasItsOwnKeys) {
  EXPECT_EQ(first("SELECT count(*) FROM (SELECT n, CASE WHEN n % 3 = 0 THEN {'z': n, 'a': {'n': n}}"
                  "::VARIANT WHEN n % 3 = 1 THEN [{'b': n}]::VARIANT END AS v FROM range(5000) "
                  "AS r(n)) WHERE n % 2 = 0 AND sluice_variant_json(v) IS NOT DISTINCT FROM "
                  "CASE WHEN n % 3 = 0 THEN printf('{\"z\":%d,\"a\":{\"n\":%d}}', n, n) "
                  "WHEN n % 3 = 1 THEN printf('[{\"b\":%d}]', n) END"),
            "2500");
}

TEST_F(VariantJson, KindsThatParquetLacksAreNamed) {
  EXPECT_NE(json("INTERVAL 1 DAY").find("has no JSON"), std::string::npos);
}

}  // namespace
}  // namespace sluice::sql
