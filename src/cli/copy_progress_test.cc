#include "cli/copy_progress.h"

#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

BatchProgress batch(std::int64_t rows, std::int64_t lag, std::optional<std::int64_t> lag_bytes) {
  BatchProgress made;
  made.sources.push_back({.name = "rows", .rows = rows, .lag = lag, .lag_bytes = lag_bytes});
  made.sinks.push_back({.name = "copy", .rows = rows - 1, .bytes = rows * 10});
  return made;
}

TEST(CopyProgress, CountsByRecordsThatAreLeft) {
  CopyProgress progress;
  EXPECT_FALSE(progress.done());
  progress.add(batch(250, 750, std::nullopt));
  EXPECT_DOUBLE_EQ(*progress.done(), 0.25);
  EXPECT_EQ(progress.bar(80, 1'000'000),
            "[######..................]  25 %   250 rows   250 rows/s   2.50 kB");
}

TEST(CopyProgress, CountsFilesByTheirBytes) {
  CopyProgress progress;
  progress.add(batch(100, 1, 3000));  // how much that was is not known yet
  EXPECT_FALSE(progress.done());
  EXPECT_EQ(progress.bar(80, 1'000'000), "100 rows   100 rows/s   1.00 kB");
  progress.add(batch(100, 1, 2000));
  EXPECT_DOUBLE_EQ(*progress.done(), 0.5);
}

TEST(CopyProgress, IsDoneWhenNothingIsLeft) {
  CopyProgress progress;
  progress.add(batch(5, 0, 0));
  EXPECT_DOUBLE_EQ(*progress.done(), 1.0);
  EXPECT_EQ(progress.bar(12, 1), "[##########");
}

TEST(CopyProgress, RemembersTheFirstDeadLetter) {
  CopyProgress progress;
  BatchProgress bad = batch(2, 0, 0);
  bad.sources[0].dead_letters = 1;
  bad.sources[0].reasons.push_back({"column a: not an integer", 1, "a.csv line=3 x"});
  progress.add(bad);
  EXPECT_EQ(progress.dead_letters(), 1);
  EXPECT_EQ(progress.rows(), 2);
  EXPECT_EQ(progress.written(), 1);
  EXPECT_EQ(progress.first_dead_letter(), "column a: not an integer, first a.csv line=3 x");
}

}  // namespace
}  // namespace sluice::cli
