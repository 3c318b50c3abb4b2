#include "charts/chart_state.h"

#include <algorithm>
#include <cmath>

#include "charts/chart_rig.h"
#include "charts/thinning.h"

namespace sluice::charts {
namespace {

std::vector<double> heights(const ChartSpec& spec, const ChartState& state) {
  const std::vector<SharedRows> rows = state.rows();
  return numbers_of(joined(spec, rows), 1);
}

TEST(ChartState, RowsOfBatchesAreAdded) {
  const ChartSpec spec = spec_of(kLine, kColumns, true);
  ChartState state;
  apply(spec, change_of(rows_of(spec, {{1, 10}}), 5), state);
  apply(spec, change_of(rows_of(spec, {{2, 20}, {3, 30}}), 6), state);
  EXPECT_EQ(heights(spec, state), (std::vector<double>{10, 20, 30}));
  EXPECT_EQ(state.seq, 3U);
  EXPECT_EQ(state.joined, 1U);
  EXPECT_EQ(state.at_ms, 6);
}

TEST(ChartState, ResultsReplace) {
  const ChartSpec spec = spec_of(kLine, kColumns, false);
  ChartState state;
  apply(spec, change_of(rows_of(spec, {{1, 10}})), state);
  apply(spec, change_of(rows_of(spec, {{2, 20}})), state);
  EXPECT_EQ(heights(spec, state), std::vector<double>{20});
  EXPECT_EQ(state.joined, state.seq);
  apply(spec, change_of(rows_of(spec, {})), state);
  EXPECT_TRUE(heights(spec, state).empty());
}

TEST(ChartState, ABatchWithoutRowsIsNoChangeButTheFirst) {
  const ChartSpec spec = spec_of(kLine, kColumns, true);
  ChartState state;
  apply(spec, change_of(rows_of(spec, {})), state);
  EXPECT_TRUE(state.is_looked);
  EXPECT_EQ(state.seq, 2U);
  apply(spec, change_of(rows_of(spec, {})), state);
  EXPECT_EQ(state.seq, 2U);
}

TEST(ChartState, StaysBoundedHoweverMuchComes) {
  const ChartSpec spec =
      spec_of("c: {sql: SELECT 1, line: {x: at, y: v}, points: 100}", kColumns, true);
  ChartState state;
  for (int i = 0; i < 4'000; ++i) {
    apply(spec, change_of(rows_of(spec, {{i * 10.0, i == 3 ? 99.0 : 1.0}})), state);
    ASSERT_LE(state.row_count(), 126U) << i;
  }
  EXPECT_EQ(std::ranges::count(heights(spec, state), 99.0), 1);
}

TEST(ChartState, BlocksStayBounded) {
  const ChartSpec spec =
      spec_of("c: {sql: SELECT 1, line: {x: at, y: v}, points: 20000}", kColumns, true);
  ChartState state;
  for (int i = 0; i < 3000; ++i) {
    apply(spec, change_of(rows_of(spec, {{i * 1.0, 1}})), state);
    ASSERT_LE(state.blocks.size(), 513U);
  }
  EXPECT_EQ(state.row_count(), 3000U);
}

TEST(ChartState, ACopyIsNotChangedByWhatComesLater) {
  const ChartSpec spec =
      spec_of("c: {sql: SELECT 1, line: {x: at, y: v}, points: 10}", kColumns, true);
  ChartState state;
  for (int i = 0; i < 10; ++i) apply(spec, change_of(rows_of(spec, {{i * 1.0, 1.0 * i}})), state);
  const ChartState copy = state;
  const std::vector<double> before = heights(spec, copy);
  for (int i = 10; i < 100; ++i) {
    apply(spec, change_of(rows_of(spec, {{i * 1.0, 1.0 * i}})), state);
  }
  EXPECT_EQ(heights(spec, copy), before);
}

TEST(ChartState, SumsOfADonutGoWithTheirTime) {
  const ChartSpec spec = spec_of("c: {sql: SELECT 1, donut: {part: s, value: v}, range: 1m}",
                                 "s VARCHAR, v BIGINT", true);
  ASSERT_TRUE(spec.time_is_added);
  EXPECT_EQ(spec.columns.front(), (Column{"batch_time", ColumnType::kTime}));
  EXPECT_EQ(spec.time_step_ms, 1000);
  ChartState state;
  for (int i = 0; i < 5000; ++i) {
    apply(spec, change_of(rows_of(spec, {{std::floor(i / 10.0) * 1000, 1.0 * (i % 2), 1}})), state);
  }
  const std::vector<SharedRows> rows = state.rows();
  const std::vector<double> sums = numbers_of(joined(spec, rows), 2);
  double all = 0;
  for (const double sum : sums) all += sum;
  EXPECT_EQ(all, 610);  // 61 seconds of ten
}

}  // namespace
}  // namespace sluice::charts
