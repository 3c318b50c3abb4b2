#include "charts/chart_notes.h"

#include "charts/chart_rig.h"

namespace sluice::charts {
namespace {

Rows odd_rows() {
  Rows rows({{"n", ColumnType::kNumber}, {"t", ColumnType::kText}, {"at", ColumnType::kTime}});
  const std::vector<std::int64_t> integers = {0, -1, std::numeric_limits<std::int64_t>::min(),
                                              std::numeric_limits<std::int64_t>::max()};
  for (const std::int64_t integer : integers) {
    rows.values[0].add_integer(integer);
    rows.values[1].add_text(integer < 0 ? "ünï\n\"" : "");
    rows.values[2].add_integer(1'700'000'000'000 + integer % 1000);
  }
  rows.values[0].add_real(-0.0);
  rows.values[0].add_text("12345678901234567890.5");
  for (int i = 0; i < 2; ++i) {
    rows.values[1].add_null();
    rows.values[2].add_null();
  }
  return rows;
}

void expect_equal(const Rows& a, const Rows& b) {
  ASSERT_EQ(a.columns, b.columns);
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.columns.size(); ++i) {
    for (std::size_t row = 0; row < a.size(); ++row) {
      ASSERT_EQ(a.values[i].kind(row), b.values[i].kind(row));
      if (a.values[i].kind(row) == Values::Kind::kInteger) {
        EXPECT_EQ(a.values[i].integer(row), b.values[i].integer(row));
      } else if (a.values[i].kind(row) == Values::Kind::kText) {
        EXPECT_EQ(a.values[i].text(row), b.values[i].text(row));
      }
    }
  }
}

NotedCharts added() {
  NotedCharts piece;
  piece.added.push_back({.chart = "power",
                         .definition = ~std::uint64_t{0},
                         .change = {.rows = std::make_shared<const Rows>(odd_rows()),
                                    .at_ms = -5,
                                    .truncated = true,
                                    .total = 12'345}});
  return piece;
}

TEST(ChartNotes, WhatWasAddedIsReadAgain) {
  const auto read = read_noted(noted(added()));
  ASSERT_TRUE(read);
  ASSERT_EQ(read->added.size(), 1U);
  const NotedCharts::Added& each = read->added.front();
  EXPECT_EQ(each.chart, "power");
  EXPECT_EQ(each.definition, ~std::uint64_t{0});
  EXPECT_EQ(each.change.at_ms, -5);
  EXPECT_TRUE(each.change.truncated);
  EXPECT_EQ(each.change.total, 12'345);
  expect_equal(*each.change.rows, odd_rows());
}

TEST(ChartNotes, AWholeChartIsReadAgainWithItsBlocks) {
  NotedCharts piece{.is_whole = true, .states = {}, .added = {}};
  ChartState state;
  state.joined_rows = 6;
  state.at_ms = 7;
  const auto rows = std::make_shared<const Rows>(odd_rows());
  state.blocks = {{4, rows}, {5, rows}};
  piece.states.push_back({.chart = "c", .definition = 3, .state = state});
  const auto read = read_noted(noted(piece));
  ASSERT_TRUE(read);
  const ChartState& again = read->states.at(0).state;
  EXPECT_TRUE(again.is_looked);
  EXPECT_EQ(again.joined_rows, 6U);
  ASSERT_EQ(again.blocks.size(), 2U);
  expect_equal(*again.blocks[1].rows, *rows);
  EXPECT_FALSE(again.total);
}

TEST(ChartNotes, BrokenPiecesAreNone) {
  const std::string whole = noted(added());
  EXPECT_FALSE(read_noted(""));
  EXPECT_FALSE(read_noted("sluiceH2" + whole.substr(8)));
  EXPECT_FALSE(read_noted(whole + "x"));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(read_noted(whole.substr(0, size))) << size;
  }
}

TEST(ChartNotes, ChangedBytesDoNoHarm) {
  const std::string whole = noted(added());
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int change : {1, 0x40, 0x80, 0xFF}) {
      std::string broken = whole;
      broken[at] = static_cast<char>(broken[at] ^ change);
      static_cast<void>(read_noted(broken));
    }
  }
}

TEST(ChartNotes, OtherRowsAreAnotherDefinition) {
  const std::string columns = "at TIMESTAMP, v DOUBLE, w DOUBLE";
  const auto of = [&](const std::string& chart) {
    return definition_of(spec_of(chart, columns, true));
  };
  const std::uint64_t first = of("c: {sql: SELECT 1, line: {x: at, y: v}}");
  EXPECT_EQ(first, of("c: {sql: SELECT 1, line: {x: at, y: v}, title: Other, range: 1h}"));
  EXPECT_NE(first, of("c: {sql: SELECT 1, line: {x: at, y: w}}"));
  EXPECT_NE(first, of("c: {sql: SELECT 1, area: {x: at, y: v}}"));
}

}  // namespace
}  // namespace sluice::charts
