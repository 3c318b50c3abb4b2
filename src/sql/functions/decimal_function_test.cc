#include "sql/functions/decimal_function.h"

#include <gtest/gtest.h>

#include "sql/functions/open_database.h"

namespace sluice::sql {
namespace {

class DecimalText : public ::testing::Test {
 protected:
  void SetUp() override { session_ = *(*database_)->connect(); }

  std::string value(const std::string& sql) {
    auto value = session_->value(sql);
    if (!value) return "error: " + value.error().message();
    return value->value_or("NULL");
  }

  Result<std::unique_ptr<Database>> database_ = open_database("", {});
  std::unique_ptr<Session> session_;
};

/// Rows of the decimal type: for each number of digits the least, the greatest and one between.
std::string rows_of(int width, int scale) {
  const auto places = static_cast<std::size_t>(scale);
  std::string values = "(NULL)";
  for (std::size_t count = 1; count <= static_cast<std::size_t>(width); ++count) {
    for (std::string digits :
         {std::string(count, '9'), "1" + std::string(count - 1, '0'), std::string(count, '4')}) {
      if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
      digits.insert(digits.size() - places, ".");
      values += ", ('" + digits + "'), ('-" + digits + "')";
    }
  }
  return "(SELECT CAST(t AS DECIMAL(" + std::to_string(width) + "," + std::to_string(scale) +
         ")) AS d FROM (VALUES " + values + ") AS v(t))";
}

TEST_F(DecimalText, IsWhatCastGives) {
  for (int width = 19; width <= 38; ++width) {
    for (const int scale : {0, 1, 12, 17, 18, width - 1}) {
      EXPECT_EQ(value("SELECT count(*) FROM " + rows_of(width, scale) +
                      " WHERE sluice_decimal_text(d) IS DISTINCT FROM CAST(d AS VARCHAR)"),
                "0")
          << width << "," << scale;
    }
  }
}

TEST_F(DecimalText, LeastAndGreatest) {
  const std::string nines(38, '9');
  EXPECT_EQ(value("SELECT sluice_decimal_text(CAST('" + nines + "' AS DECIMAL(38,0)))"), nines);
  EXPECT_EQ(value("SELECT sluice_decimal_text(CAST('-0.000000000001' AS DECIMAL(22,12)))"),
            "-0.000000000001");
}

TEST_F(DecimalText, NullIsNull) {
  EXPECT_EQ(value("SELECT sluice_decimal_text(CAST(NULL AS DECIMAL(22,12)))"), "NULL");
  EXPECT_EQ(value("SELECT count(sluice_decimal_text(d)) FROM (VALUES (CAST(1 AS DECIMAL(22,12))), "
                  "(NULL)) AS v(d)"),
            "1");
}

TEST_F(DecimalText, OtherTypesAreRefused) {
  EXPECT_NE(value("SELECT sluice_decimal_text(CAST(1 AS DECIMAL(5,2)))").find("19 to 38"),
            std::string::npos);
  EXPECT_NE(value("SELECT sluice_decimal_text('1')").find("19 to 38"), std::string::npos);
}

}  // namespace
}  // namespace sluice::sql
