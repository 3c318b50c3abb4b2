#include "cli/summary_table.h"

#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

PipelineDescription a_pipeline() {
  PipelineDescription pipeline;
  pipeline.name = "invoices";
  pipeline.sources.push_back({"invoices", "kafka, json", "", "out/bad", false});
  pipeline.sinks.push_back({"screen", "console", "", "", true});
  pipeline.sinks.push_back({"bronze", "delta", "", "", false});
  return pipeline;
}

RunSummary a_summary() {
  RunSummary summary;
  summary.batches = 12;
  summary.duration_us = 8'000'000;
  SourceProgress source;
  source.name = "invoices";
  source.rows = 10'000;
  source.dead_letters = 8;
  source.first_dead_letter = "invoices partition=0 offset=17: not JSON;\n value={";
  summary.sources.push_back(source);
  SinkProgress screen;
  screen.name = "screen";
  screen.rows_in = 10'000;
  screen.kept = 9'988;
  screen.filtered = 4;
  screen.dead_letters = 8;
  screen.rows = 442;
  summary.sinks.push_back(screen);
  screen.name = "bronze";
  screen.rows = 9'988;
  screen.bytes = 1'234'567;
  summary.sinks.push_back(screen);
  return summary;
}

TEST(SummaryTable, AddsUpAndNamesTheDeadLetters) {
  EXPECT_EQ(summary_text(a_pipeline(), a_summary(), /*colour=*/false),
            R"(invoices: 12 batches, 10,000 rows in 8.00 s (1,250 rows/s)

  sink      rows in  = rows out  + filtered  + dead letters   written
  screen *   10,000       9,988           4               8   442 rows
  bronze     10,000       9,988           4               8   9,988 rows, 1.23 MB
  * at least once: after a crash it may show a batch again

  8 dead letters of source invoices in out/bad
    the first: invoices partition=0 offset=17: not JSON;  value={
)");
}

TEST(SummaryTable, NothingNewIsOneLine) {
  RunSummary summary;
  summary.stopped_by_user = true;
  EXPECT_EQ(summary_text(a_pipeline(), summary, /*colour=*/false),
            "invoices: no new rows, stopped\n");
}

TEST(SummaryTable, ColourIsOnlyEscapes) {
  const std::string coloured = summary_text(a_pipeline(), a_summary(), /*colour=*/true);
  std::string plain;
  for (std::size_t i = 0; i < coloured.size(); ++i) {
    if (coloured[i] == '\x1b') {
      i = coloured.find('m', i);
    } else {
      plain += coloured[i];
    }
  }
  EXPECT_EQ(plain, summary_text(a_pipeline(), a_summary(), /*colour=*/false));
}

}  // namespace
}  // namespace sluice::cli
