#include "cli/status_text.h"

#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

BatchProgress a_batch(std::int64_t rows) {
  BatchProgress batch;
  batch.batch = 12;
  batch.duration_us = 500'000;
  batch.state_rows = 5;
  SourceProgress source;
  source.rows = rows;
  source.lag = 40;
  batch.sources.push_back(source);
  return batch;
}

std::string shown(const StatusText& text, std::size_t columns = 120) {
  return text.render(columns, std::chrono::seconds(35), /*colour=*/false);
}

TEST(StatusText, OnePipelineHasItsBatch) {
  StatusText text(/*alone=*/true);
  EXPECT_EQ(shown(text), "starting   00:35");
  text.on_state("orders", PipelineState::kRunning);
  EXPECT_EQ(shown(text), "waiting for rows   00:35");
  text.on_batch("orders", a_batch(100));
  EXPECT_EQ(shown(text),
            "batch 12   200 rows/s   lag 40   state 5 rows   total 100 rows   500 ms   00:35");
  EXPECT_EQ(shown(text, 40), "batch 12   200 rows/s   lag 40   500 ms");
}

TEST(StatusText, SeveralAreCountedAndAddedUp) {
  StatusText text(/*alone=*/false);
  for (const char* name : {"orders", "payments", "returns"}) {
    text.on_state(name, PipelineState::kRunning);
    text.on_batch(name, a_batch(100));
  }
  EXPECT_EQ(shown(text),
            "3 of 3 pipelines   600 rows/s   lag 120   state 15 rows   total 300 rows   00:35");
  text.on_state("returns", PipelineState::kFailed);
  EXPECT_EQ(shown(text),
            "2 of 3 pipelines   1 failed   400 rows/s   lag 80   state 10 rows   total 300 rows   "
            "00:35");
  text.on_stopping();
  EXPECT_EQ(shown(text, 75).find("stopping"), 0U);
}

}  // namespace
}  // namespace sluice::cli
