#include "charts/histogram.h"

#include <numeric>

#include "charts/chart_rig.h"
#include "charts/thinning.h"

namespace sluice::charts {
namespace {

struct Shown {
  std::vector<double> from;
  std::vector<double> to;
  std::vector<double> counts;
};

Shown shown(const ChartSpec& spec, const std::vector<std::vector<double>>& batches) {
  std::vector<SharedRows> blocks;
  for (const auto& batch : batches) {
    const Options& options = spec.entry->options;
    ValueCounts counts(options.has("width") ? options.number("width") : 0);
    for (const double value : batch) counts.add(value);
    blocks.push_back(std::make_shared<const Rows>(count_rows(spec, counts, 0)));
  }
  const Rows rows = histogram_rows(spec, blocks);
  return {numbers_of(rows, 0), numbers_of(rows, 1), numbers_of(rows, 2)};
}

double sum(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

ChartSpec histogram(const std::string& options, const std::string& type = "DOUBLE") {
  return spec_of("c: {sql: SELECT 1, histogram: {x: v" + options + "}}", "v " + type, true);
}

TEST(Histogram, BordersAreRound) {
  const Shown all = shown(histogram(", bins: 10"), {{0.03, 0.31, 0.32, 0.99}});
  EXPECT_EQ(all.from, (std::vector<double>{0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9}));
  EXPECT_EQ(all.to.back(), 1);
  EXPECT_EQ(all.counts, (std::vector<double>{1, 0, 0, 2, 0, 0, 0, 0, 0, 1}));
}

TEST(Histogram, NoMoreBinsThanAskedFor) {
  for (const int bins : {2, 7, 30, 200}) {
    std::vector<double> values;
    for (int i = 0; i < 5000; ++i) values.push_back(i * 0.37 - 400);
    const Shown all = shown(histogram(", bins: " + std::to_string(bins)), {values});
    EXPECT_LE(all.counts.size(), static_cast<std::size_t>(bins));
    EXPECT_EQ(sum(all.counts), 5000);
    EXPECT_LE(all.from.front(), -400);
    EXPECT_GT(all.to.back(), 1449);
  }
}

TEST(Histogram, WholeNumbersHaveBinsOfTheirOwn) {
  const Shown dice = shown(histogram("", "INTEGER"), {{1, 2, 2, 6, 6, 6}});
  EXPECT_EQ(dice.from, (std::vector<double>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(dice.counts, (std::vector<double>{1, 2, 0, 0, 0, 3}));
}

TEST(Histogram, CountsOfBatchesOfOtherSizesAreAddedUp) {
  const Shown all = shown(histogram(", bins: 10"), {{1, 2, 3}, {1000, 5000}, {0.001}});
  EXPECT_EQ(sum(all.counts), 6);
  EXPECT_EQ(all.counts.front(), 4);
}

TEST(Histogram, AWidthIsKept) {
  const Shown all = shown(histogram(", width: 0.25"), {{0.1, 0.25, 0.6}, {-0.1}});
  EXPECT_EQ(all.from, (std::vector<double>{-0.25, 0, 0.25, 0.5}));
  EXPECT_EQ(all.counts, (std::vector<double>{1, 1, 1, 1}));
}

TEST(Histogram, AWidthThatIsTooSmallBecomesWider) {
  const Shown all = shown(histogram(", width: 0.001"), {{0, 1000}});
  EXPECT_LE(all.counts.size(), 1000U);
  EXPECT_EQ(sum(all.counts), 2);
}

TEST(Histogram, AWidthWithManyBinsLosesNoCount) {
  std::vector<double> fine;
  for (int i = 0; i < 5000; ++i) fine.push_back(i);
  const Shown all = shown(histogram(", width: 1"), {{0, 1, 2}, fine, {-4, 4999}});
  EXPECT_EQ(sum(all.counts), 5005);
  EXPECT_LE(all.counts.size(), ValueCounts::kFixedBinsMax);
  EXPECT_EQ(all.to.front() - all.from.front(), 8);
}

TEST(Histogram, AllCountsOfARangeFit) {
  // As many times as a range has steps, each with as many bins as there may be.
  const ChartSpec spec =
      spec_of("c: {sql: SELECT 1, histogram: {x: v, width: 1}}", "v DOUBLE", true);
  ValueCounts counts(1);
  for (std::size_t i = 0; i < ValueCounts::kFixedBinsMax; ++i) counts.add(static_cast<double>(i));
  std::vector<SharedRows> blocks;
  for (int at = 0; at < 60; ++at) {
    blocks.push_back(std::make_shared<const Rows>(count_rows(spec, counts, at)));
  }
  const Rows kept = thinned(spec, joined(spec, blocks));
  EXPECT_EQ(kept.size(), 60 * ValueCounts::kFixedBinsMax);
}

TEST(Histogram, OddValues) {
  const double infinite = std::numeric_limits<double>::infinity();
  EXPECT_EQ(sum(shown(histogram(""), {{infinite, -infinite, std::nan("")}}).counts), 0);
  EXPECT_EQ(sum(shown(histogram(""), {{0, 0, 0}}).counts), 3);
  EXPECT_EQ(sum(shown(histogram(""), {{1e300, -1e300, 1e-300}}).counts), 3);
  EXPECT_EQ(sum(shown(histogram(""), {{5e-324}}).counts), 1);
  EXPECT_EQ(shown(histogram(""), {{20.3}}).from.size(), 1U);
}

TEST(Histogram, ManyDifferentValuesTakeABoundedRoom) {
  ValueCounts counts;
  for (int i = 0; i < 200'000; ++i) counts.add(std::sqrt(i));
  EXPECT_LE(counts.bins().size(), ValueCounts::kBinsMax);
}

}  // namespace
}  // namespace sluice::charts
