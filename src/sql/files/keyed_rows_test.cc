#include "sql/files/keyed_rows.h"

#include <gtest/gtest.h>

#include "sql/functions/open_database.h"

namespace sluice::sql {
namespace {

class KeyedRowsTest : public testing::Test {
 protected:
  /// The rows that stay, one text each, or the error.
  std::string keep(const std::string& values, const std::vector<std::string>& order_by,
                   const std::vector<std::string>& partition_by = {}) {
    auto& session = DuckdbSession::of(*session_);
    const std::string select = "SELECT * FROM (VALUES " + values + ") t(k, ts, v)";
    const auto rows = KeyedRows::make(session, select, *session_->describe(select),
                                      {{"k"}, order_by}, partition_by);
    if (!rows) return rows.error().message();
    const auto texts = session_->value(
        "SELECT string_agg(concat_ws('|', coalesce(k, 'NULL'), ts, v), ' ' ORDER BY ALL) FROM (" +
        rows->select() + ")");
    return texts ? texts->value_or("none") : texts.error().message();
  }

  /// "kept / deleting", of rows (k, ts, deletes) whose ts is left out; or the error.
  std::string split(const std::string& values, const std::vector<std::string>& order_by) {
    auto& session = DuckdbSession::of(*session_);
    const std::string select = "SELECT * FROM (VALUES " + values + ") t(k, ts, __deletes)";
    const auto rows = KeyedRows::make(session, select, *session_->describe(select),
                                      {{"k"}, order_by, {"ts"}}, {});
    if (!rows) return rows.error().message();
    EXPECT_EQ(rows->schema().to_string(), "k VARCHAR");
    const auto list = [this](const std::string& of) {
      const auto texts =
          session_->value("SELECT string_agg(DISTINCT k, ' ' ORDER BY k) FROM (" + of + ")");
      return texts ? texts->value_or("none") : texts.error().message();
    };
    return list(rows->select()) + " / " + list(rows->deleting());
  }

  std::unique_ptr<Database> database_ = *open_database("", {.threads = 1});
  std::unique_ptr<Session> session_ = *database_->connect();
};

TEST_F(KeyedRowsTest, TheGreatestOfAKeyStays) {
  EXPECT_EQ(keep("('a', 1, 'x'), ('a', 3, 'y'), ('a', 2, 'z'), ('b', NULL, 'w')", {"ts"}),
            "a|3|y b|w");
}

TEST_F(KeyedRowsTest, AValueIsGreaterThanNull) {
  EXPECT_EQ(keep("('a', 1, 'x'), ('a', NULL, 'y')", {"ts"}), "a|1|x");
}

TEST_F(KeyedRowsTest, NullIsAKey) {
  EXPECT_EQ(keep("(NULL::VARCHAR, 1, 'x'), (NULL, 2, 'y')", {"ts"}), "NULL|2|y");
}

TEST_F(KeyedRowsTest, EqualRowsAreOne) {
  EXPECT_EQ(keep("('a', 1, 'x'), ('a', 1, 'x')", {}), "a|1|x");
}

TEST_F(KeyedRowsTest, TwoRowsOfAKeyAreRefused) {
  const std::string message = keep("('a', 1, 'x'), ('a', 2, 'x'), ('b', 1, 'x')", {});
  EXPECT_EQ(
      message,
      "E_DUPLICATE_KEY: 2 different rows of this batch have the same key: k=a; say which one is "
      "the last: order_by: [COLUMN], or let the view have one row per key");
}

TEST_F(KeyedRowsTest, TwoGreatestRowsAreRefused) {
  const std::string message = keep("('a', 2, 'x'), ('a', 2, 'y')", {"ts"});
  EXPECT_EQ(
      message,
      "E_DUPLICATE_KEY: 2 different rows of this batch have the same key: k=a; they are equal in "
      "order_by, too: add a column in which they differ");
}

TEST_F(KeyedRowsTest, RowsThatDeleteTheirKeyAreApart) {
  EXPECT_EQ(split("('a', 1, true), ('b', 1, false), ('c', 1, true)", {}), "b / a c");
  EXPECT_EQ(split("('b', 1, false)", {}), "b / none");
}

TEST_F(KeyedRowsTest, TheGreatestOfAKeyDecidesWhetherItIsDeleted) {
  EXPECT_EQ(split("('a', 1, true), ('a', 2, false), ('b', 1, false), ('b', 2, true)", {"ts"}),
            "a / b");
  EXPECT_TRUE(split("('a', 1, true), ('a', 2, false)", {}).starts_with("E_DUPLICATE_KEY"));
  EXPECT_TRUE(split("('a', 1, true), ('a', 1, false)", {"ts"}).starts_with("E_DUPLICATE_KEY"));
}

TEST_F(KeyedRowsTest, ManyRowsThatDeleteAKeyDeleteIt) {
  EXPECT_EQ(split("('a', 1, true), ('a', 2, true)", {}), "none / a");
}

TEST_F(KeyedRowsTest, InAPartitionColumnTheEmptyTextIsNull) {
  EXPECT_TRUE(keep("('', 1, 'x'), (NULL, 1, 'y')", {}, {"k"}).starts_with("E_DUPLICATE_KEY"));
  EXPECT_EQ(keep("('', 1, 'x'), (NULL, 1, 'y')", {}), "|1|x NULL|1|y");
}

}  // namespace
}  // namespace sluice::sql
