#include "app/rerun/row_difference.h"

#include <gtest/gtest.h>

#include "sql/functions/open_database.h"

namespace sluice::app {
namespace {

using Sort = RowDifference::Sort;

class RowDifferenceTest : public testing::Test {
 protected:
  RowDifferenceTest() {
    database_ = *sql::open_database("", {});
    session_ = *database_->connect();
  }

  ComparedRows rows(const std::string& select) { return {select, *session_->describe(select)}; }

  Result<SinkDifference> compare(const std::string& before, const std::string& after,
                                 const ComparedBy& by) {
    return row_difference(*session_, rows(before), rows(after), by);
  }

  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<sql::Session> session_;
};

TEST_F(RowDifferenceTest, KnowsRowsByTheirKeyAlsoWhereItIsNull) {
  const auto made = compare("VALUES (NULL, 1), (2, 2), (3, NULL), (4, 4)",
                            "VALUES (NULL, 5), (2, 2), (3, NULL), (6, 6)", {.keys = {{"col0"}}});
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_EQ(made->same, 2);
  EXPECT_EQ(made->changed, 1);
  EXPECT_EQ(made->added, 1);
  EXPECT_EQ(made->removed, 1);
  ASSERT_EQ(made->rows.size(), 3U);
  EXPECT_EQ(made->rows[0].sort, Sort::kChanged);
  EXPECT_EQ(made->rows[0].row[0].second, std::nullopt);
  EXPECT_EQ(made->rows[0].changes[0].before, "1");
  EXPECT_EQ(made->rows[0].changes[0].after, "5");
  EXPECT_EQ(made->rows[1].row[0].second, "6");
  EXPECT_EQ(made->rows[2].row[0].second, "4");
}

TEST_F(RowDifferenceTest, ComparesTheOneRowWithoutAKey) {
  const auto made = compare("SELECT 1 AS n", "SELECT 2 AS n", {.keys = {{}}});
  ASSERT_TRUE(made);
  EXPECT_EQ(made->changed, 1);
  EXPECT_TRUE(made->key && made->key->empty());
  const auto gone = compare("SELECT 1 AS n", "SELECT 1 AS n WHERE false", {.keys = {{}}});
  ASSERT_TRUE(gone);
  EXPECT_EQ(gone->removed, 1);
}

TEST_F(RowDifferenceTest, ComparesWholeRowsAsOftenAsTheyAre) {
  const auto made = compare("SELECT unnest([1, 1, 2, NULL, NULL]) AS n",
                            "SELECT unnest([1, 2, 2, 3, NULL]) AS n", {});
  ASSERT_TRUE(made);
  EXPECT_FALSE(made->key);
  EXPECT_EQ(made->same, 3);
  EXPECT_EQ(made->removed, 2);
  EXPECT_EQ(made->added, 2);
}

TEST_F(RowDifferenceTest, TakesAnotherKeyWhereRowsShareTheFirst) {
  const auto made = compare("VALUES (1, 1), (1, 2)", "VALUES (1, 1), (1, 3)",
                            {.keys = {{"col0"}, {"col1", "col0"}}});
  ASSERT_TRUE(made);
  EXPECT_EQ(*made->key, (std::vector<std::string>{"col1", "col0"}));
  EXPECT_EQ(made->notes, std::vector<std::string>{
                             "rows cannot be compared by col0: 2 rows before are equal in it"});
  EXPECT_EQ(made->same, 1);
}

TEST_F(RowDifferenceTest, RefusesAGivenKeyThatDoesNotFit) {
  const auto shared =
      compare("VALUES (1, 1)", "VALUES (1, 1), (1, 3)", {.keys = {{"col0"}}, .is_given = true});
  ASSERT_FALSE(shared);
  EXPECT_EQ(shared.error().kind(), Kind::kUser);
  EXPECT_NE(shared.error().message().find("2 rows after are equal in it"), std::string::npos);
  const auto missing =
      compare("SELECT 1 AS a", "SELECT 1 AS b", {.keys = {{"a"}}, .is_given = true});
  ASSERT_FALSE(missing);
}

TEST_F(RowDifferenceTest, LastDigitsOfFractionsDoNotCount) {
  const auto made = compare(
      "VALUES (1, 0.1e0 + 0.2e0), (2, 'NaN'::DOUBLE), (3, 1e0), (4, NULL), (5, 0e0), "
      "(6, 1767225600e0)",
      "VALUES (1, 0.3e0), (2, 'NaN'::DOUBLE), (3, 1.0001e0), (4, 1e0), (5, -0e0), "
      "(6, 1767225601e0)",
      {.keys = {{"col0"}}});
  ASSERT_TRUE(made);
  EXPECT_EQ(made->same, 3);
  EXPECT_EQ(made->changed, 3);
}

TEST_F(RowDifferenceTest, NamesColumnsThatOnlyOneSideHas) {
  const auto made = compare("SELECT 1 AS id, 'x' AS gone, '7' AS v, 'no' AS w",
                            "SELECT 1 AS ID, 7 AS v, 3 AS w, 1 AS fresh", {.keys = {{"id"}}});
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_EQ(made->notes,
            (std::vector<std::string>{
                "column v was VARCHAR, and is INTEGER", "column w was VARCHAR, and is INTEGER",
                "column fresh is new, and not compared", "column gone is gone, and not compared"}));
  EXPECT_EQ(made->changed, 1);
  EXPECT_EQ(made->changed_columns, (std::map<std::string, std::int64_t>{{"w", 1}}));
  EXPECT_EQ(made->rows[0].changes[0].before, "no");
}

TEST_F(RowDifferenceTest, ShowsAsManyRowsAsAsked) {
  const auto made = compare("SELECT range AS n FROM range(100)",
                            "SELECT -range AS n FROM range(100)", {.keys = {{"n"}}, .rows = 3});
  ASSERT_TRUE(made);
  EXPECT_EQ(made->removed, 99);
  EXPECT_EQ(made->rows.size(), 6U);
  EXPECT_EQ(made->rows[0].row[0].second, "-99");
}

}  // namespace
}  // namespace sluice::app
