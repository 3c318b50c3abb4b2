#include "sluice/progress.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(ProgressJson, HasSparksNames) {
  BatchProgress progress;
  progress.batch = 7;
  progress.started_us = 1'700'000'000'123'456;
  progress.duration_us = 250'000;
  progress.phase_us = {{"read", 1'500}, {"run", 20'000}};
  progress.decode_us = {{"run", 8'250}};
  progress.nodes = {{.name = "orders", .rows = 99, .duration_us = std::nullopt},
                    {.name = "valid", .rows = std::nullopt, .duration_us = 4'500}};
  SourceProgress source;
  source.name = "orders";
  source.rows = 100;
  source.dead_letters = 1;
  source.lag = 5;
  source.lag_bytes = 600;
  source.lag_us = 2'500'999;
  source.start_offset = R"({"orders":{"0":1}})";
  source.end_offset = R"({"orders":{"0":101}})";
  progress.sources.push_back(source);
  SinkProgress sink;
  sink.name = "gold";
  sink.rows_in = 100;
  sink.dead_letters = 1;
  sink.kept = 90;
  sink.filtered = 9;
  sink.rows = 3;
  sink.duration_us = 12'500;
  progress.sinks.push_back(sink);
  EXPECT_EQ(
      progress_json("sales", progress),
      R"({"name":"sales","timestamp":"2023-11-14T22:13:20.123Z","batchId":7,"batchDuration":250.0,)"
      R"("numInputRows":100,"processedRowsPerSecond":400.0,"numDeadLetters":1,)"
      R"("durationMs":{"read":1.5,"run":20.0},"decodeMs":{"run":8.25},"state":{"numRows":0,"bytes":0},"stateOperators":[],)"
      R"("sources":[{"name":"orders","startOffset":{"orders":{"0":1}},)"
      R"("endOffset":{"orders":{"0":101}},"numInputRows":100,"processedRowsPerSecond":400.0,)"
      R"("numDeadLetters":1,"numBlankLines":0,"lag":5,"lagBytes":600,"lagSeconds":2.5}],)"
      R"("nodes":[{"name":"orders","numOutputRows":99,"durationMs":null},{"name":"valid","numOutputRows":null,"durationMs":4.5}],)"
      R"("sinks":[{"name":"gold","numInputRows":100,"numDeadLetters":1,"numAddedRows":0,"numFilteredRows":9,"numLateRows":0,)"
      R"("numKeptRows":90,"numOutputRows":3,"numOutputBytes":0,"numRowsWaiting":0,"durationMs":12.5}]})");
}

TEST(ProgressJson, ViewsTellTheirStateAndAdviseDelays) {
  BatchProgress progress;
  ViewProgress view;
  view.name = "v";
  view.rows_in = 10;
  view.late = 1;
  view.state_rows = 4;
  view.state_bytes = 96;
  view.advice.push_back({99.9, {{"orders", 420'000'000}}});
  progress.views.push_back(view);
  const std::string json = progress_json("p", progress);
  const std::string views =
      R"("stateOperators":[{"operatorName":"v","numRowsTotal":4,"numBytesTotal":96,)"
      R"("numInputRows":10,"numRowsDroppedByWatermark":1,)"
      R"("delayAdvice":[{"keptPercent":99.9,"delayMs":{"orders":420000.0}}]}])";
  EXPECT_NE(json.find(views), std::string::npos) << json;
}

TEST(ProgressJson, LatestEventOfViewsWithAWatermark) {
  BatchProgress progress;
  progress.view_events_us["decoded"] = 1'700'000'000'123'000;
  const std::string json = progress_json("p", progress);
  EXPECT_NE(
      json.find(R"("views":[{"name":"decoded","eventTime":{"max":"2023-11-14T22:13:20.123Z"}}])"),
      std::string::npos)
      << json;
}

TEST(ProgressJson, UnknownLagIsNull) {
  BatchProgress progress;
  progress.sources.emplace_back();
  EXPECT_NE(progress_json("p", progress).find(R"("lag":null,"lagBytes":null)"), std::string::npos);
}

}  // namespace
}  // namespace sluice
