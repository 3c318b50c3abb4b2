#include "app/rehearsal/needed_rows.h"

#include <gtest/gtest.h>

#include "config/yaml.h"

namespace sluice::app {
namespace {

RowsOfTables rows(int count) {
  RowsOfTables all;
  for (int i = 0; i < count; ++i) {
    const std::string text = "{k: k" + std::to_string(i) + "}";
    all["t"].push_back({text, *config::parse_yaml(text, "row")});
  }
  return all;
}

bool has(const RowsOfTables& rows, const std::string& text) {
  for (const WrittenRow& row : rows.at("t")) {
    if (row.text == text) return true;
  }
  return false;
}

TEST(NeededRows, KeepsThoseThatCount) {
  const auto kept =
      needed_rows(rows(300), {"k7", "k8", "k250"}, [](const RowsOfTables& some) -> Result<bool> {
        return has(some, "{k: k7}") && has(some, "{k: k250}");
      });
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->at("t").size(), 2U);
}

TEST(NeededRows, KeepsNoneWhereNoneCounts) {
  const auto kept =
      needed_rows(rows(3), {}, [](const RowsOfTables&) -> Result<bool> { return true; });
  ASSERT_TRUE(kept);
  EXPECT_TRUE(kept->at("t").empty());
}

TEST(NeededRows, KeepsAllWhereAllCount) {
  const auto kept = needed_rows(rows(30), {}, [](const RowsOfTables& some) -> Result<bool> {
    return some.at("t").size() == 30;
  });
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->at("t").size(), 30U);
}

TEST(NeededRows, AnErrorEndsIt) {
  EXPECT_FALSE(needed_rows(rows(3), {},
                           [](const RowsOfTables&) -> Result<bool> { return user_error("no"); }));
}

}  // namespace
}  // namespace sluice::app
