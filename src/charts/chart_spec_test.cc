#include "charts/chart_spec.h"

#include "charts/chart_rig.h"

namespace sluice::charts {
namespace {

std::string problem(const std::string& chart, const std::string& columns) {
  auto spec = resolved(chart, columns, true);
  return spec ? "" : spec.error().message();
}

TEST(ChartSpec, AColumnThatIsNotThere) {
  EXPECT_EQ(problem("c: {sql: SELECT 1, line: {x: secnd, y: v}}", "second TIMESTAMP, v DOUBLE"),
            "p.yaml:1:30: 'x' of chart 'c' names the column 'secnd', which its rows do not have; "
            "did you mean 'second'?");
  EXPECT_NE(problem("c: {sql: SELECT 1, line: {x: at, y: [v, zz]}}", "at TIMESTAMP, v DOUBLE")
                .find("p.yaml:1:41: 'y' of chart 'c' names the column 'zz', which its rows do not "
                      "have; they have: at, v"),
            std::string::npos);
}

TEST(ChartSpec, AColumnOfTheWrongType) {
  EXPECT_NE(problem("c: {sql: SELECT 1, line: {x: s, y: v}}", "s VARCHAR, v DOUBLE")
                .find("which is VARCHAR; it must be a time or a number"),
            std::string::npos);
  EXPECT_NE(
      problem("c: {sql: SELECT 1, number: {value: s}}", "s VARCHAR").find("it must be a number"),
      std::string::npos);
  EXPECT_NE(problem("c: {sql: SELECT 1, map: {lat: a, lon: b}}", "a DOUBLE, b VARCHAR")
                .find("'lon' of chart 'c'"),
            std::string::npos);
  EXPECT_EQ(problem("c: {sql: SELECT 1, bar: {x: s, y: v}}", "s VARCHAR, v DECIMAL(9,2)"), "");
}

TEST(ChartSpec, KeepsWhatItShowsAndWhatAPageFiltersBy) {
  const auto spec =
      resolved("c: {sql: SELECT 1, line: {x: at, y: v}}",
               "other BIGINT, v DOUBLE, region VARCHAR, at TIMESTAMP", true, {"region", "nowhere"});
  ASSERT_TRUE(spec);
  EXPECT_EQ(spec->columns, (std::vector<Column>{{"at", ColumnType::kTime},
                                                {"v", ColumnType::kNumber},
                                                {"region", ColumnType::kText}}));
  EXPECT_EQ(spec->query.select, "SELECT c3, c1, c2 FROM (SELECT 1) AS chart_rows(c0, c1, c2, c3)");
}

TEST(ChartSpec, TypesThatAreNotReadBecomeText) {
  const ChartSpec spec = spec_of("c: {sql: SELECT 1, table: {}}",
                                 "n DECIMAL(9,2), l INTEGER[], t TIME, j JSON", false);
  EXPECT_EQ(spec.columns[0].type, ColumnType::kNumber);
  EXPECT_EQ(spec.columns[1].type, ColumnType::kText);
  EXPECT_NE(spec.query.select.find("CAST(c0 AS VARCHAR) AS c0, CAST(c1 AS VARCHAR) AS c1"),
            std::string::npos);
}

TEST(ChartSpec, WhatAppendsAndWhatReplaces) {
  const std::string columns = "at TIMESTAMP, v DOUBLE, s VARCHAR";
  const auto keeping = [&](const std::string& kind, bool is_of_batch) {
    return spec_of("c: {sql: SELECT 1, " + kind + "}", columns, is_of_batch).keeping;
  };
  EXPECT_EQ(keeping("line: {x: at, y: v}", true), Keeping::kRows);
  EXPECT_EQ(keeping("line: {x: at, y: v}", false), Keeping::kResult);
  EXPECT_EQ(keeping("number: {value: v}", true), Keeping::kHistory);
  EXPECT_EQ(keeping("gauge: {value: v}", false), Keeping::kHistory);
  EXPECT_EQ(keeping("histogram: {x: v}", true), Keeping::kCounts);
  EXPECT_EQ(keeping("histogram: {x: v}", false), Keeping::kResult);
  EXPECT_EQ(keeping("donut: {part: s, value: v}", true), Keeping::kRows);
}

TEST(ChartSpec, NamesAreFoundInAnyCaseAndKeptAsTheOptionHasThem) {
  const ChartSpec spec =
      spec_of("c: {sql: SELECT 1, bar: {x: Shop, y: N}}", "shop VARCHAR, n BIGINT", false);
  EXPECT_EQ(spec.columns[0].name, "Shop");
  EXPECT_EQ(spec.y, std::vector<std::size_t>{1});
}

}  // namespace
}  // namespace sluice::charts
