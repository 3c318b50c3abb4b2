#include "config/view_entry.h"

#include <gtest/gtest.h>

#include "config/yaml.h"

namespace sluice::config {
namespace {

/// Reads `text`, which is the views of a pipeline file, one of them.
Result<ViewEntry> view_of(const std::string& text) {
  SLUICE_ASSIGN(const ConfigValue tree, parse_yaml(text, "p.yaml"));
  const SourceText source(text, "p.yaml");
  return read_view(tree.entries().front(), source);
}

std::string view_problem(const std::string& text) {
  auto made = view_of(text);
  return made ? "" : made.error().message();
}

TEST(ViewEntry, TextIsSql) {
  const auto made = view_of("v: SELECT 1");
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_EQ(made->sql, "SELECT 1");
  EXPECT_EQ(made->sql_location.to_string(), "p.yaml:1:4");
  EXPECT_FALSE(made->deduplicate);
  EXPECT_TRUE(made->late_to.key.empty());
}

TEST(ViewEntry, SqlOfAMapKeepsItsPlace) {
  const auto made = view_of("v:\n  sql: |\n    SELECT id\n    FROM t\n");
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_EQ(made->sql, "SELECT id\n    FROM t");
  EXPECT_EQ(made->sql_location.to_string(), "p.yaml:3:5");
}

TEST(ViewEntry, FromIsPlacedSoThatItsNameIs) {
  const auto made = view_of("v: {from: orders}");
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_EQ(made->sql, "FROM orders");
  EXPECT_EQ(made->from.text(), "orders");
  EXPECT_EQ(made->sql_location.column + 5, 11);
}

TEST(ViewEntry, DeduplicateTakesColumnsAndADuration) {
  const auto made = view_of("v: {from: t, deduplicate: {by: [a, b], within: 1m}}");
  ASSERT_TRUE(made) << made.error().message();
  ASSERT_EQ(made->deduplicate->by.size(), 2U);
  EXPECT_EQ(made->deduplicate->by[1].name, "b");
  EXPECT_EQ(made->deduplicate->by[1].location.to_string(), "p.yaml:1:36");
  EXPECT_EQ(made->deduplicate->within_us, 60'000'000);
}

TEST(ViewEntry, DeduplicateByOneColumnOrWholeRows) {
  EXPECT_EQ(view_of("v: {from: t, deduplicate: {by: a}}")->deduplicate->by[0].name, "a");
  EXPECT_TRUE(view_of("v: {from: t, deduplicate: {}}")->deduplicate->by.empty());
}

TEST(ViewEntry, WatermarkIsThatOfASource) {
  const auto made = view_of("v: {from: t, watermark: {column: at, delay: 10s, idle_after: 1m}}");
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_EQ(made->watermark.column, "at");
  EXPECT_EQ(made->watermark.delay_us, 10'000'000);
  EXPECT_EQ(made->watermark.idle_after_us, 60'000'000);
  EXPECT_EQ(made->watermark.location.to_string(), "p.yaml:1:34");
  EXPECT_NE(view_problem("v: {from: t, watermark: {column: at}}").find("'delay'"),
            std::string::npos);
}

TEST(ViewEntry, LateRowsHaveAName) {
  const auto made = view_of("v: {from: t, late: {to: missed}}");
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_EQ(made->late_to.key, "missed");
  EXPECT_EQ(made->late_to.key_location.to_string(), "p.yaml:1:25");
}

TEST(ViewEntry, NeedsSqlOrFrom) {
  EXPECT_NE(view_problem("v: {deduplicate: {}}").find("needs 'sql: SELECT ...'"),
            std::string::npos);
  EXPECT_NE(view_problem("v: {sql: SELECT 1, from: t}").find("keep one of the two"),
            std::string::npos);
  EXPECT_NE(view_problem("v: {sql: ' '}").find("is empty"), std::string::npos);
}

TEST(ViewEntry, RefusesWhatIsNoView) {
  EXPECT_NE(view_problem("v:").find("not empty"), std::string::npos);
  EXPECT_NE(view_problem("v: [SELECT 1]").find("not a list"), std::string::npos);
  EXPECT_NE(view_problem("v: {from: t, deduplicate: {by: []}}").find("names no column"),
            std::string::npos);
  EXPECT_NE(view_problem("v: {from: t, late: {}}").find("'to'"), std::string::npos);
}

}  // namespace
}  // namespace sluice::config
