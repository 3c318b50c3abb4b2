#include "charts/thinning.h"

#include <algorithm>
#include <cmath>

#include "charts/chart_rig.h"

namespace sluice::charts {
namespace {

constexpr double kNull = std::numeric_limits<double>::quiet_NaN();

Rows thin(const ChartSpec& spec, const std::vector<Line>& lines) {
  const SharedRows rows = rows_of(spec, lines);
  return thinned(spec, joined(spec, {&rows, 1}));
}

/// Steps of 100 ms, a wave with one spike up and one down.
std::vector<Line> wave(int rows, int up, int down) {
  std::vector<Line> lines;
  for (int i = 0; i < rows; ++i) {
    const double height = i == up ? 1e6 : i == down ? -1e6 : std::sin(i);
    lines.push_back({i * 100.0, height});
  }
  return lines;
}

const std::string kLineOf100 = "c: {sql: SELECT 1, line: {x: at, y: v}, points: 100}";

TEST(Thinning, FewRowsStayAsTheyAre) {
  const ChartSpec spec = spec_of(kLineOf100, kColumns, true);
  EXPECT_EQ(thin(spec, wave(100, 5, 7)).size(), 100U);
}

TEST(Thinning, TheLeastAndTheGreatestStay) {
  const ChartSpec spec = spec_of(kLineOf100, kColumns, true);
  for (const int spike : {0, 1, 777, 4949, 8999}) {
    const Rows rows = thin(spec, wave(9000, spike, (spike + 4321) % 9000));
    EXPECT_LE(rows.size(), 100U);
    const std::vector<double> heights = numbers_of(rows, 1);
    EXPECT_EQ(*std::ranges::max_element(heights), 1e6) << spike;
    EXPECT_EQ(*std::ranges::min_element(heights), -1e6) << spike;
  }
}

TEST(Thinning, TheNewestHalfStaysAsItIs) {
  const ChartSpec spec = spec_of(kLineOf100, kColumns, true);
  const std::vector<double> times = numbers_of(thin(spec, wave(9000, 1, 2)), 0);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(times[times.size() - 1 - static_cast<std::size_t>(i)], (8999 - i) * 100.0);
  }
}

TEST(Thinning, EachSeriesHasItsOwnPoints) {
  const ChartSpec spec = spec_of("c: {sql: SELECT 1, line: {x: at, y: v, by: s}, points: 100}",
                                 "at TIMESTAMP, v DOUBLE, s VARCHAR", true);
  std::vector<Line> lines;
  for (int i = 0; i < 1000; ++i) lines.push_back({i * 100.0, std::sin(i), 0});
  for (int i = 0; i < 50; ++i) lines.push_back({i * 100.0, 1.0 * i, 1});
  const std::vector<double> heights = numbers_of(thin(spec, lines), 1);
  EXPECT_EQ(std::ranges::count_if(heights, [](double v) { return v >= 1.5; }), 48);
  EXPECT_LE(heights.size(), 150U);
}

TEST(Thinning, ManySeriesShareWhatThereIs) {
  const ChartSpec spec = spec_of("c: {sql: SELECT 1, line: {x: at, y: v, by: n}, points: 100}",
                                 "at TIMESTAMP, v DOUBLE, n BIGINT", true);
  std::vector<Line> lines;
  for (int i = 0; i < 60'000; ++i) lines.push_back({i / 600 * 100.0, 1, 1.0 * (i % 600)});
  EXPECT_LE(thin(spec, lines).size(), 2400U);
}

TEST(Thinning, RowsWithoutAHeightMayGo) {
  const ChartSpec spec = spec_of(kLineOf100, kColumns, true);
  std::vector<Line> lines;
  for (int i = 0; i < 1000; ++i) lines.push_back({i * 100.0, i % 2 == 0 ? kNull : i});
  const std::vector<double> heights = numbers_of(thin(spec, lines), 1);
  EXPECT_LE(heights.size(), 100U);
  EXPECT_EQ(std::ranges::max(heights, {}, [](double v) { return std::isnan(v) ? 0 : v; }), 999);
}

TEST(Thinning, OlderRowsThanTheRangeGo) {
  const ChartSpec spec =
      spec_of("c: {sql: SELECT 1, line: {x: at, y: v}, range: 2s}", kColumns, true);
  EXPECT_EQ(numbers_of(thin(spec, wave(100, 1, 2)), 0).front(), 7900);
}

TEST(Thinning, AResultThatIsNotDrawnAlongItsTimeKeepsOldRows) {
  const ChartSpec spec =
      spec_of("c: {sql: SELECT 1, table: {}}", "name VARCHAR, seen TIMESTAMP", false);
  EXPECT_EQ(spec.range_ms, 0);
  EXPECT_EQ(thin(spec, {{0, 0}, {1, 1e12}}).size(), 2U);
}

TEST(Thinning, BarsThatMeetAreAddedUpExactly) {
  const ChartSpec spec = spec_of("c: {sql: SELECT 1, bar: {x: shop, y: n}}",
                                 "shop VARCHAR, n BIGINT, at TIMESTAMP", true);
  Rows rows(spec.columns);
  for (int i = 0; i < 5; ++i) {
    rows.values[0].add_text(i == 3 ? "b" : "a");
    rows.values[1].add_integer(std::int64_t{1} << 60);
    rows.values[2].add_integer(0);
  }
  const Rows sums = thinned(spec, std::move(rows));
  ASSERT_EQ(sums.size(), 2U);
  EXPECT_EQ(sums.values[1].integer(0), std::int64_t{4} << 60);
  EXPECT_EQ(sums.values[0].text(1), "b");
}

TEST(Thinning, AreasLoseWholePlacesSoThatWhatIsStackedStaysTrue) {
  const ChartSpec spec = spec_of("c: {sql: SELECT 1, area: {x: at, y: v, by: s}, points: 100}",
                                 "at TIMESTAMP, v DOUBLE, s VARCHAR", true);
  std::vector<Line> lines;
  for (int i = 0; i < 3000; ++i) {
    for (int s = 0; s < 3; ++s) lines.push_back({i * 100.0, i == 500 ? 50.0 + s : 1.0, 1.0 * s});
  }
  const Rows rows = thin(spec, lines);
  EXPECT_LE(rows.size(), 300U);
  std::map<double, int> at;
  for (const double time : numbers_of(rows, 0)) ++at[time];
  for (const auto& [time, count] : at) EXPECT_EQ(count, 3) << time;
  EXPECT_TRUE(at.contains(50'000));
}

TEST(Thinning, OfATableThatIsCutTheFirstBySortStay) {
  const ChartSpec spec =
      spec_of("c: {sql: SELECT 1, table: {sort: -kw, limit: 3}}", "kw DOUBLE", false);
  EXPECT_EQ(numbers_of(thin(spec, {{3}, {9}, {kNull}, {7}, {8}}), 0),
            (std::vector<double>{9, 8, 7}));
}

TEST(Thinning, OfATableOverBatchesTheNewestStay) {
  const ChartSpec spec =
      spec_of("c: {sql: SELECT 1, table: {limit: 2}}", "at TIMESTAMP, kw DOUBLE", true);
  EXPECT_EQ(numbers_of(thin(spec, {{100, 1}, {300, 3}, {200, 2}}), 1), (std::vector<double>{3, 2}));
}

TEST(Thinning, ABatchIsAsFineAsItsRangeCanShow) {
  const ChartSpec spec =
      spec_of("c: {sql: SELECT 1, line: {x: at, y: v}, points: 100}", kColumns, true);
  const SharedRows rows = rows_of(spec, wave(1000, 333, 444));  // 100 s of 15 min: 6 stretches
  const std::vector<double> heights = numbers_of(coarsened(spec, joined(spec, {&rows, 1})), 1);
  EXPECT_LE(heights.size(), 14U);
  EXPECT_EQ(*std::ranges::max_element(heights), 1e6);
  EXPECT_EQ(*std::ranges::min_element(heights), -1e6);
}

}  // namespace
}  // namespace sluice::charts
