#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "charts/chart_board.h"
#include "charts/chart_spec.h"
#include "charts/chart_state.h"
#include "config/chart_entry.h"
#include "config/yaml.h"

namespace sluice::charts {

/// The chart of `text`, which is the value of `charts:` with one entry: "c: {sql: ..., line: ...}".
inline std::shared_ptr<const config::ChartEntry> chart_of(const std::string& text) {
  const auto tree = config::parse_yaml(text, "p.yaml");
  EXPECT_TRUE(tree) << tree.error().message();
  const config::SourceText source(text, "p.yaml");
  auto made = config::read_chart(
      tree->entries().front(), source,
      [](const ConfigValue& name) -> Result<std::string> { return name.text(); });
  EXPECT_TRUE(made) << made.error().message();
  return std::make_shared<const config::ChartEntry>(*std::move(made));
}

inline config::UiEntry ui_of(const std::vector<std::string>& filters = {}) {
  config::UiEntry ui{.range_us = 900'000'000, .filters = {}};
  for (const std::string& name : filters) ui.filters.push_back({name, {"p.yaml", 1, 1}, "filters"});
  return ui;
}

/// A query that gives `columns` ("at TIMESTAMP, n BIGINT"), of a batch's rows or of results.
inline sql::QueryPlan query_of(const std::string& columns, bool is_of_batch) {
  sql::QueryPlan plan{.name = "chart 'c'", .select = "SELECT 1", .inputs = {}, .schema = {}};
  plan.schema = *data::Schema::parse(columns);
  plan.is_of_batch = is_of_batch;
  return plan;
}

inline Result<ChartSpec> resolved(const std::string& chart, const std::string& columns,
                                  bool is_of_batch, const std::vector<std::string>& filters = {}) {
  return resolve(chart_of(chart), ui_of(filters), query_of(columns, is_of_batch));
}

/// A line over time, and what its query gives.
inline const std::string kLine = "c: {sql: SELECT 1, line: {x: at, y: v}}";
inline const std::string kColumns = "at TIMESTAMP, v DOUBLE";

inline ChartSpec spec_of(const std::string& chart, const std::string& columns, bool is_of_batch) {
  auto spec = resolved(chart, columns, is_of_batch);
  EXPECT_TRUE(spec) << spec.error().message();
  return *std::move(spec);
}

/// Values of one row, as a test writes them: NaN is NULL in a column of times.
using Line = std::vector<double>;

inline SharedRows rows_of(const ChartSpec& spec, const std::vector<Line>& lines) {
  Rows rows(spec.columns);
  for (const Line& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (spec.columns[i].type == ColumnType::kText) {
        rows.values[i].add_text(std::string(1, static_cast<char>('a' + static_cast<int>(line[i]))));
      } else if (spec.columns[i].type == ColumnType::kTime) {
        rows.values[i].add_integer(static_cast<std::int64_t>(line[i]));
      } else if (std::isnan(line[i])) {
        rows.values[i].add_null();
      } else {
        rows.values[i].add_real(line[i]);
      }
    }
  }
  return std::make_shared<const Rows>(std::move(rows));
}

inline std::vector<double> numbers_of(const Rows& rows, std::size_t column) {
  std::vector<double> numbers;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    numbers.push_back(rows.values[column].number(row));
  }
  return numbers;
}

inline Change change_of(SharedRows rows, std::int64_t at_ms = 0) {
  return {.rows = std::move(rows), .at_ms = at_ms, .truncated = false, .total = std::nullopt};
}

}  // namespace sluice::charts
