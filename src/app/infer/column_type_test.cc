#include "app/infer/column_type.h"

#include <initializer_list>
#include <string>

#include <gtest/gtest.h>

namespace sluice::app {
namespace {

ColumnType column(const std::string& name, std::initializer_list<std::string> values) {
  ColumnStats stats;
  for (const std::string& value : values) stats.add(value);
  return type_of_column(name, stats, static_cast<std::int64_t>(values.size()));
}

std::string type_of(const std::string& name, std::initializer_list<std::string> values) {
  return column(name, values).type.to_string();
}

TEST(ColumnType, WholeNumbersAreAsSmallAsTheyAre) {
  EXPECT_EQ(type_of("n", {"1", "-2147483648"}), "INTEGER");
  EXPECT_EQ(type_of("n", {"1", "2147483648"}), "BIGINT");
  EXPECT_EQ(type_of("n", {"-9223372036854775808", "9223372036854775807"}), "BIGINT");
  EXPECT_EQ(type_of("n", {"1", "9223372036854775808"}), "HUGEINT");
  EXPECT_EQ(type_of("n", {"1", "170141183460469231731687303715884105728"}), "VARCHAR");
}

TEST(ColumnType, DigitsThatAreNoNumber) {
  EXPECT_EQ(type_of("n", {"123", "00123"}), "VARCHAR");
  EXPECT_EQ(type_of("n", {"+4930123", "4930123"}), "VARCHAR");
  EXPECT_EQ(type_of("homePhone", {"4930123"}), "VARCHAR");
  EXPECT_EQ(type_of("is_mobile", {"0", "1"}), "INTEGER");
  EXPECT_EQ(type_of("version", {"1.10", "2.0"}), "VARCHAR");
}

TEST(ColumnType, DecimalsHaveRoom) {
  EXPECT_EQ(type_of("n", {"1", "2.5"}), "DECIMAL(18,2)");
  EXPECT_EQ(type_of("n", {"1.2345", "2.3456"}), "DECIMAL(18,4)");
  EXPECT_EQ(type_of("n", {"1.234", "2"}), "DECIMAL(18,5)");
  EXPECT_EQ(type_of("n", {"123456789012345678.12"}), "DECIMAL(38,2)");
  EXPECT_EQ(type_of("n", {"1.12345678901234567890", "1"}), "DECIMAL(38,20)");
}

TEST(ColumnType, MoneyIsNeverADouble) {
  EXPECT_EQ(type_of("score", {"0.14285714285714285", "0.5"}), "DOUBLE");
  EXPECT_EQ(type_of("unit_price", {"0.14285714285714285", "0.5"}), "DECIMAL(38,17)");
  EXPECT_EQ(type_of("score", {"1e5", "0.5"}), "DOUBLE");
  EXPECT_EQ(type_of("totalAmount", {"1e5", "0.5"}), "VARCHAR");
  EXPECT_EQ(column("price", {"1.234,50", "2,5"}).meaning_type, "DECIMAL(18,2)");
  EXPECT_EQ(column("price", {"$1,234.50", "$2.5"}).meaning_type, "DECIMAL(18,2)");
  EXPECT_EQ(column("price", {"1,234", "5,678"}).meaning, "");
}

TEST(ColumnType, TimesJoinToTheWidest) {
  EXPECT_EQ(type_of("t", {"2024-01-01"}), "DATE");
  EXPECT_EQ(type_of("t", {"2024-01-01", "2024-01-01 10:00:00"}), "TIMESTAMP");
  EXPECT_EQ(type_of("t", {"2024-01-01", "2024-01-01 10:00:00", "2024-01-01T10:00:00Z"}),
            "TIMESTAMPTZ");
  EXPECT_EQ(type_of("t", {"2024-01-01", "10:00:00"}), "VARCHAR");
}

TEST(ColumnType, DaysAndMonthsAreProvenOrNot) {
  EXPECT_EQ(column("d", {"31/12/2024", "01/02/2024"}).meaning, "try_to_date({}, 'd/M/yyyy')");
  EXPECT_EQ(column("d", {"12/31/2024", "01/02/2024"}).meaning, "try_to_date({}, 'M/d/yyyy')");
  EXPECT_EQ(column("d", {"01/02/2024"}).meaning, "");
  EXPECT_EQ(column("d", {"31/12/2024", "12/31/2024"}).meaning, "");
  EXPECT_EQ(column("d", {"01.02.2024"}).meaning, "try_to_date({}, 'd.M.yyyy')");
}

TEST(ColumnType, EpochsByTheirNameAndSize) {
  EXPECT_EQ(column("created_at", {"1700000000000"}).meaning, "timestamp_millis({})");
  EXPECT_EQ(column("created_at", {"1700000000"}).meaning, "timestamp_seconds({})");
  EXPECT_EQ(column("created_at", {"1700000000"}).type.to_string(), "BIGINT");
  EXPECT_EQ(column("id", {"1700000000000"}).meaning, "");
}

TEST(ColumnType, MixturesStayTextsAndSaySo) {
  const ColumnType mixed = column("n", {"1", "2", "n/a"});
  EXPECT_EQ(mixed.type.to_string(), "VARCHAR");
  EXPECT_EQ(mixed.reason, "2 numbers, 1 text such as \"n/a\"");
  EXPECT_EQ(mixed.meaning, "TRY_CAST({} AS INTEGER)");
  EXPECT_EQ(type_of("n", {"1", "true"}), "VARCHAR");
  EXPECT_EQ(type_of("n", {}), "VARCHAR");
}

TEST(ColumnType, KeysAreDistinctAndThere) {
  EXPECT_TRUE(column("n", {"1", "2"}).is_key);
  EXPECT_FALSE(column("n", {"1", "1"}).is_key);
  EXPECT_FALSE(column("n", {"1.5", "2.5"}).is_key);
  ColumnStats stats;
  stats.add("1");
  stats.add("2");
  EXPECT_FALSE(type_of_column("n", stats, 3).is_key) << "one is NULL";
}

TEST(ColumnType, TextsOfJsonAreNoNumbers) {
  ColumnStats stats;
  stats.add_text("12");
  EXPECT_EQ(type_of_column("n", stats, 1).type.to_string(), "VARCHAR");
  ColumnStats amounts;
  amounts.add_text("12.50");
  EXPECT_EQ(type_of_column("n", amounts, 1).type.to_string(), "DECIMAL(18,2)");
  ColumnStats booleans;
  booleans.add_text("true");
  EXPECT_EQ(type_of_column("n", booleans, 1).type.to_string(), "VARCHAR");
}

TEST(ColumnType, FewTextsAreAnEnumeration) {
  ColumnStats stats;
  for (int i = 0; i < 20; ++i) stats.add(i % 2 == 0 ? "new" : "paid");
  EXPECT_EQ(type_of_column("n", stats, 20).values, (std::vector<std::string>{"new", "paid"}));
}

}  // namespace
}  // namespace sluice::app
