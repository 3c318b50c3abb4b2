#include "app/live/pipeline_record.h"

#include <gtest/gtest.h>

#include "app/live/log_tail.h"

namespace sluice::app {
namespace {

BatchProgress batch_of(std::int64_t number, std::int64_t rows) {
  BatchProgress batch;
  batch.batch = number;
  batch.duration_us = 20'000;
  batch.sources = {{.name = "in",
                    .rows = rows,
                    .dead_letters = 1,
                    .start_offset = std::to_string(number),
                    .end_offset = std::to_string(number + 1),
                    .reasons = {{"no number", 1, "here"}}}};
  batch.sinks = {{.name = "out", .rows_in = rows, .kept = rows - 1, .rows = rows - 1, .bytes = 10}};
  batch.nodes = {{.name = "view", .rows = rows / 2, .duration_us = std::nullopt}};
  return batch;
}

TEST(PipelineRecord, BatchesThatNobodyWasToldOfAreAddedUp) {
  PipelineRecord record;
  record.add(batch_of(1, 100), 1000);
  record.add(batch_of(2, 50), 2000);
  record.add(batch_of(3, 10), 3000);
  ASSERT_TRUE(record.has_news());
  ToldBatch told;
  const BatchProgress batch = record.tell(told);
  EXPECT_FALSE(record.has_news());
  EXPECT_EQ(batch.batch, 3);
  EXPECT_EQ(batch.sources[0].rows, 160);
  EXPECT_EQ(batch.sources[0].start_offset, "1");
  EXPECT_EQ(batch.sources[0].end_offset, "4");
  EXPECT_EQ(batch.sinks[0].rows, 157);
  EXPECT_EQ(batch.nodes[0].rows, 80);
  EXPECT_EQ(told.skipped, 2);
  EXPECT_EQ(told.rows, 160);
  EXPECT_EQ(told.judged.rows, 10) << "the newest is judged by itself";
}

TEST(PipelineRecord, CountersNeverGoBackAndReasonsAddUp) {
  PipelineRecord record;
  for (int i = 0; i < 3; ++i) record.add(batch_of(i, 10), i);
  EXPECT_EQ(record.counters().batches, 3);
  EXPECT_EQ(record.counters().sources.at("in").rows, 30);
  EXPECT_EQ(record.counters().sinks.at("out").bytes, 30);
  EXPECT_EQ(record.dead_letters(), 3);
  ASSERT_EQ(record.reasons().size(), 1U);
  EXPECT_EQ(record.reasons()[0].count, 3);
}

TEST(PipelineRecord, KeepsAsManyAsItSays) {
  PipelineRecord record;
  for (int i = 0; i < 1000; ++i) {
    record.add(batch_of(i, 10), i);
    ToldBatch told;
    record.tell(told);
  }
  EXPECT_EQ(record.told().size(), PipelineRecord::kToldMax);
  EXPECT_EQ(record.whole().size(), PipelineRecord::kWholeMax);
  EXPECT_EQ(record.whole().back().batch, 999);
}

TEST(PipelineRecord, RowsOfAViewAreEstimatedByItsShare) {
  PipelineRecord record;
  EXPECT_EQ(record.estimated_rows("view", 100), std::nullopt);
  record.add(batch_of(0, 10), 0);
  EXPECT_EQ(record.estimated_rows("view", 1000), 500);
}

TEST(DurationHistogram, PutsEachIntoItsBucket) {
  DurationHistogram histogram;
  histogram.add(5'000);
  histogram.add(5'001);
  histogram.add(1'000'000'000);
  EXPECT_EQ(histogram.counts().front(), 1);
  EXPECT_EQ(histogram.counts()[1], 1);
  EXPECT_EQ(histogram.counts().back(), 1);
}

TEST(LogTail, TellsOnceAndKeepsTheNewest) {
  LogTail tail;
  for (int i = 0; i < 500; ++i) tail.add(i, LogLevel::kInfo, "p", "line " + std::to_string(i));
  auto news = tail.take_news();
  ASSERT_EQ(news.at("p").lines.size(), LogTail::kLinesMax);
  EXPECT_EQ(news.at("p").dropped, 300);
  EXPECT_EQ(news.at("p").lines.back().text, "line 499");
  EXPECT_TRUE(tail.take_news().empty());
  tail.add(500, LogLevel::kWarn, "p", "one more");
  EXPECT_EQ(tail.take_news().at("p").lines.size(), 1U);
  EXPECT_EQ(tail.newest("p").size(), LogTail::kLinesMax);
}

}  // namespace
}  // namespace sluice::app
