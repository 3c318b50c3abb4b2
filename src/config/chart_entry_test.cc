#include "config/chart_entry.h"

#include <gtest/gtest.h>

#include "config/yaml.h"

namespace sluice::config {
namespace {

/// Reads `text`, which is the charts of a pipeline file, one of them.
Result<ChartEntry> chart_of(const std::string& text) {
  SLUICE_ASSIGN(const ConfigValue tree, parse_yaml(text, "p.yaml"));
  const SourceText source(text, "p.yaml");
  return read_chart(tree.entries().front(), source,
                    [](const ConfigValue& name) -> Result<std::string> {
                      if (name.text() == "nothing") return name.error("there is no 'nothing'");
                      return name.text();
                    });
}

std::string chart_problem(const std::string& text) {
  auto made = chart_of(text);
  return made ? "" : made.error().message();
}

bool says(const std::string& text, const std::string& part) {
  const std::string found = chart_problem(text);
  EXPECT_NE(found.find(part), std::string::npos) << found;
  return true;
}

TEST(ChartEntry, OfAView) {
  const auto made = chart_of("power: {from: now, number: {value: mw, against: 15m}, unit: MW}");
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_EQ(made->kind, ChartKind::kNumber);
  EXPECT_EQ(made->sql, "FROM now");
  EXPECT_EQ(made->title, "power");
  EXPECT_EQ(made->tab, "Charts");
  EXPECT_EQ(made->width, 3);
  EXPECT_EQ(made->column_of("value"), "mw");
  EXPECT_EQ(made->columns[0].location.to_string(), "p.yaml:1:36");
  EXPECT_FALSE(made->range_us);
  EXPECT_EQ(made->refresh_us, 1'000'000);
  EXPECT_EQ(made->points, 2000);
}

TEST(ChartEntry, OfSqlKeepsItsPlace) {
  const auto made = chart_of("c:\n  sql: |\n    SELECT a\n    FROM t\n  bar: {x: a, y: [b, c]}\n");
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_EQ(made->sql, "SELECT a\n    FROM t");
  EXPECT_EQ(made->sql_location.to_string(), "p.yaml:3:5");
  EXPECT_EQ(made->columns_of("y"), (std::vector<std::string>{"b", "c"}));
}

TEST(ChartEntry, ThresholdsAreSorted) {
  const auto made = chart_of("c: {from: t, gauge: {value: v}, thresholds: {80: bad, -1.5: good}}");
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_EQ(made->thresholds[0].at, -1.5);
  EXPECT_EQ(made->thresholds[1].tone, "bad");
  const auto list = chart_of(
      "c: {from: t, gauge: {value: v}, thresholds: [{at: 8, label: limit}, {at: 2, tone: bad}]}");
  ASSERT_TRUE(list) << list.error().message();
  EXPECT_EQ(list->thresholds[1].label, "limit");
  EXPECT_EQ(list->thresholds[1].tone, "warn");
  says("c: {from: t, gauge: {value: v}, thresholds: {hot: bad}}", "numbers as keys");
  says("c: {from: t, gauge: {value: v}, thresholds: 80}", "must be a map such as {80: bad}");
}

TEST(ChartEntry, NeedsOneKindAndOneQuery) {
  says("c: {from: t}", "does not say how it is drawn");
  says("c: {from: t, sql: SELECT 1, table: {}}", "keep one of the two");
  says("c: {table: {}}", "needs 'sql: SELECT ...' or 'from: NAME'");
  says("c: {from: t, table: {}, gauge: {value: v}}", "drawn in two ways, 'table' and 'gauge'");
  says("c: {from: nothing, table: {}}", "there is no 'nothing'");
  says("c: {sql: ' ', table: {}}", "is empty");
  says("c: SELECT 1", "must be a map");
}

TEST(ChartEntry, ATextHasNoQuery) {
  EXPECT_TRUE(chart_of("c: {markdown: \"**Hot**\", width: 4}"));
  says("c: {markdown: a, from: t}", "this is a text");
  says("c: {markdown: ' '}", "is empty");
}

TEST(ChartEntry, ColumnsOfATable) {
  const auto made =
      chart_of("c: {from: t, table: {columns: {kw: {digits: 1}, site: }, sort: -kw}}");
  ASSERT_TRUE(made) << made.error().message();
  ASSERT_EQ(made->table_columns.size(), 2U);
  EXPECT_EQ(made->table_columns[0].options.integer("digits"), 1);
  EXPECT_EQ(made->column_of("sort"), "kw");
  EXPECT_EQ(chart_of("c: {from: t, table: {columns: [a, b]}}")->table_columns.size(), 2U);
  says("c: {from: t, table: {columns: a}}", "must be a list such as [site, kw]");
  says("c: {from: t, table: {columns: {a: {digit: 1}}}}", "did you mean 'digits'?");
}

TEST(ChartEntry, WhatANumberMayBe) {
  says("c: {from: t, gauge: {value: v, min: 5, max: 5}}", "must be less than its 'max'");
  says("c: {from: t, map: {lat: a, lon: b, box: [1, 2, 3]}}", "[south, west, north, east]");
  says("c: {from: t, bar: {x: a, y: b, sort: desc}}", "can be none");
  says("c: {from: t, line: {x: a, y: []}}", "names no column");
  says("c: {from: t, table: {}, points: 5}", "'points' must be at least 10");
}

TEST(ChartEntry, NoSecretsOnAPage) {
  ConfigValue title = ConfigValue::scalar("x", false, {"p.yaml", 1, 1});
  title.mark_secret();
  const ConfigValue::Entry entry{
      "c", {"p.yaml", 1, 1}, ConfigValue::map({{"title", {}, title}}, {"p.yaml", 1, 1})};
  const SourceText source("", "p.yaml");
  const auto made = read_chart(
      entry, source, [](const ConfigValue& name) -> Result<std::string> { return name.text(); });
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message().find("the page would show it"), std::string::npos);
}

TEST(ChartEntry, Ui) {
  const auto none = read_ui(ConfigValue::null({}));
  ASSERT_TRUE(none);
  EXPECT_EQ(none->range_us, 900'000'000);
  const auto tree = parse_yaml("{range: 1h, filters: [region, site]}", "p.yaml");
  const auto made = read_ui(*tree);
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_EQ(made->range_us, 3'600'000'000);
  EXPECT_EQ(made->filters[1].name, "site");
}

}  // namespace
}  // namespace sluice::config
