#include "sql/view/condition.h"

#include <string>

#include <gtest/gtest.h>

#include "sql/functions/open_database.h"

namespace sluice::sql {
namespace {

class Condition : public testing::Test {
 protected:
  /// "" or the message.
  std::string check(const std::string& condition) {
    const data::Schema schema({{"op", data::TypeId::kVarchar}, {"n", data::TypeId::kInteger}});
    const Status status = check_condition(*session_, schema, condition);
    return status ? "" : status.error().message();
  }

  std::unique_ptr<Database> database_ = *open_database("", {.threads = 1});
  std::unique_ptr<Session> session_ = *database_->connect();
};

TEST_F(Condition, IsTrueOrFalseForARow) {
  EXPECT_EQ(check("op = 'd'"), "");
  EXPECT_EQ(check("op IS NULL OR n > 1 -- so"), "");
  EXPECT_EQ(check("coalesce(op IN ('d', 't'), false)"), "");
}

TEST_F(Condition, OtherTypesAreNone) {
  EXPECT_EQ(check("op"), "is not a condition but of type VARCHAR; compare it, such as op = 'd'");
  EXPECT_EQ(check("n + 1"), "is not a condition but of type INTEGER; compare it, such as op = 'd'");
}

TEST_F(Condition, NamesColumnsThatThereAre) {
  const std::string message = check("kind = 'd'");
  EXPECT_TRUE(message.starts_with("does not fit the rows: ")) << message;
  EXPECT_TRUE(message.ends_with("; they have: op VARCHAR, n INTEGER")) << message;
}

TEST_F(Condition, ReadsNoOtherRows) {
  EXPECT_TRUE(check("n = (SELECT 1)").starts_with("reads rows other"));
  EXPECT_TRUE(check("row_number() OVER () = 1").starts_with("reads rows other"));
  EXPECT_NE(check("max(n) = 1"), "");
}

TEST_F(Condition, IsOneExpression) {
  EXPECT_TRUE(check("op = ").starts_with("is not valid SQL: "));
  EXPECT_NE(check("true), (false"), "");
  EXPECT_NE(check("true); DROP TABLE t; SELECT (1"), "");
}

}  // namespace
}  // namespace sluice::sql
