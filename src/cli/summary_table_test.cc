#include "cli/summary_table.h"

#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

PipelineDescription a_pipeline() {
  PipelineDescription pipeline;
  pipeline.name = "invoices";
  pipeline.sources.push_back({"invoices", "kafka, json", "", "out/bad", ""});
  pipeline.sinks.push_back({"screen", "console", "", "", "at least once"});
  pipeline.sinks.push_back({"bronze", "delta", "", "", ""});
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
  source.reasons.push_back({"not JSON", 1, "invoices partition=0 offset=17\n value={"});
  source.reasons.push_back(
      {"column n: not an integer", 7, "invoices partition=0 offset=40 value=[]"});
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
    7  column n: not an integer; the first: invoices partition=0 offset=40 value=[]
    1  not JSON; invoices partition=0 offset=17  value={
)");
}

TEST(SummaryTable, CountsBlankLines) {
  RunSummary summary = a_summary();
  summary.sources[0].blank_lines = 1200;
  EXPECT_NE(summary_text(a_pipeline(), summary, false)
                .find("\n  1,200 blank lines of source invoices skipped\n"),
            std::string::npos);
}

TEST(SummaryTable, ShowsTheMostFrequentReasons) {
  RunSummary summary = a_summary();
  std::vector<DeadLetterReason>& reasons = summary.sources[0].reasons;
  reasons.clear();
  for (const char* reason : {"a", "b", "c", "d", "e", "f", "g"}) {
    reasons.push_back({reason, 100 - reason[0] % 2, "somewhere"});
  }
  const std::string text = summary_text(a_pipeline(), summary, /*colour=*/false);
  EXPECT_EQ(text.substr(text.find("    100")), R"(    100  b; the first: somewhere
    100  d; the first: somewhere
    100  f; the first: somewhere
     99  a; the first: somewhere
     99  c; the first: somewhere
    198 of 2 other reasons
)");
}

TEST(SummaryTable, AddedAndLateRowsHaveColumnsWhereThereAreAny) {
  RunSummary summary = a_summary();
  summary.sources.clear();
  summary.sinks.pop_back();
  SinkProgress& sink = summary.sinks[0];
  sink.added = 5'000;
  sink.kept += 4'990;
  sink.late = 10;
  EXPECT_EQ(summary_text(a_pipeline(), summary, /*colour=*/false),
            R"(invoices: 12 batches, 0 rows in 8.00 s (0.0 rows/s)

  sink      rows in  + added  = rows out  + filtered  + dead letters  + late   written
  screen *   10,000    5,000      14,978           4               8      10   442 rows
  * at least once: after a crash it may show a batch again
)");
}

TEST(SummaryTable, AdvisesDelaysForLateRows) {
  RunSummary summary = a_summary();
  ViewProgress view;
  view.name = "per_hour";
  view.rows_in = 10'000;
  view.late = 12;
  view.advice.push_back({99.9, {{"invoices", 420'000'000}}});
  view.advice.push_back({100, {{"invoices", 5'400'000'000}, {"decoded", 90'000'000}}});
  summary.views.push_back(view);
  view.late = 0;
  summary.views.push_back(view);
  const std::string text = summary_text(a_pipeline(), summary, /*colour=*/false);
  EXPECT_EQ(text.substr(text.find("  12 of")),
            R"(  12 of 10,000 rows came too late for view per_hour
    delay 7m of source invoices would have kept 99.9 %
    delay 1m30s of view decoded, delay 1h30m of source invoices would have kept all of them
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
