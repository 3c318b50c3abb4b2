#include "sql/duckdb/row_bytes.h"

#include <gtest/gtest.h>

#include "sql/functions/open_database.h"

namespace sluice::sql {
namespace {

std::string bytes_of(const std::string& select) {
  const auto database = open_database("", {});
  const auto session = (*database)->connect();
  const auto columns = (*session)->describe(select);
  if (!columns) return columns.error().message();
  const auto bytes = (*session)->value("SELECT " + row_bytes(*columns) + " FROM (" + select + ")");
  return bytes ? bytes->value_or("NULL") : bytes.error().message();
}

TEST(RowBytes, FixedWidthsAddUp) {
  EXPECT_EQ(
      bytes_of("SELECT 1::TINYINT AS a, 1::BIGINT AS b, 1.5::DECIMAL(22,12) AS c, now() AS d"),
      "33");
}

TEST(RowBytes, LongTextsLieOutside) {
  EXPECT_EQ(bytes_of("SELECT 'twelve bytes' AS a"), "16");
  EXPECT_EQ(bytes_of("SELECT 'thirteen long' AS a"), "29");
  EXPECT_EQ(bytes_of("SELECT encode('thirteen long') AS a"), "29");
}

TEST(RowBytes, NestedValuesCountTheirElements) {
  EXPECT_EQ(bytes_of("SELECT [1::BIGINT, 2, 3] AS a"), "40");
  EXPECT_EQ(bytes_of("SELECT [{'a': 1::INTEGER, 'b': ['x', 'thirteen long']}] AS a"), "81");
  EXPECT_EQ(bytes_of("SELECT MAP {'k': 1::BIGINT} AS a"), "40");
}

TEST(RowBytes, NullIsAnEmptyValue) {
  EXPECT_EQ(bytes_of("SELECT NULL::VARCHAR AS a, NULL::BIGINT[] AS b"), "32");
}

TEST(RowBytes, NoColumnsNoBytes) { EXPECT_EQ(row_bytes(data::Schema()), "0"); }

}  // namespace
}  // namespace sluice::sql
