#include "sluice/progress.h"

#include <array>
#include <cstdio>
#include <ctime>

#include "base/json.h"

namespace sluice {
namespace {

using Json = OrderedJson;

std::string iso_time(std::int64_t micros) {
  // Event times may lie before 1970.
  const std::int64_t millis_of_second = ((micros / 1000) % 1000 + 1000) % 1000;
  const auto seconds = static_cast<std::time_t>((micros / 1000 - millis_of_second) / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 40> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::array<char, 8> millis{};
  std::snprintf(millis.data(), millis.size(), ".%03dZ", static_cast<int>(millis_of_second));
  return std::string(text.data(), size) + millis.data();
}

/// Rows a second with one decimal.
double rate(std::int64_t rows, std::int64_t micros) {
  if (micros <= 0) return 0;
  const double value = static_cast<double>(rows) * 1e6 / static_cast<double>(micros);
  return static_cast<double>(static_cast<std::int64_t>(value * 10 + 0.5)) / 10;
}

Json offset_json(const std::string& offset) {
  Json parsed = parse_ordered_json(offset);
  return parsed.is_discarded() ? Json(nullptr) : parsed;
}

Json source_json(const SourceProgress& source, std::int64_t duration_us) {
  Json json;
  json["name"] = source.name;
  json["startOffset"] = offset_json(source.start_offset);
  json["endOffset"] = offset_json(source.end_offset);
  json["numInputRows"] = source.rows;
  json["processedRowsPerSecond"] = rate(source.rows, duration_us);
  json["numDeadLetters"] = source.dead_letters;
  json["numBlankLines"] = source.blank_lines;
  json["lag"] = source.lag ? Json(*source.lag) : Json(nullptr);
  json["lagBytes"] = source.lag_bytes ? Json(*source.lag_bytes) : Json(nullptr);
  if (source.latest_event_us) json["eventTime"] = {{"max", iso_time(*source.latest_event_us)}};
  return json;
}

Json sink_json(const SinkProgress& sink) {
  Json json;
  json["name"] = sink.name;
  json["numInputRows"] = sink.rows_in;
  json["numDeadLetters"] = sink.dead_letters;
  json["numAddedRows"] = sink.added;
  json["numFilteredRows"] = sink.filtered;
  json["numLateRows"] = sink.late;
  json["numKeptRows"] = sink.kept;
  json["numOutputRows"] = sink.rows;
  json["numOutputBytes"] = sink.bytes;
  json["numRowsWaiting"] = sink.waiting;
  if (!sink.left_out.empty()) json["columnsLeftOut"] = sink.left_out;
  return json;
}

Json view_json(const ViewProgress& view) {
  Json json;
  json["operatorName"] = view.name;
  json["numRowsTotal"] = view.state_rows;
  json["numBytesTotal"] = view.state_bytes;
  json["numInputRows"] = view.rows_in;
  json["numRowsDroppedByWatermark"] = view.late;
  for (const DelayAdvice& advice : view.advice) {
    Json delays;
    for (const auto& [source, micros] : advice.delays_us) {
      delays[source] = static_cast<double>(micros) / 1000;
    }
    json["delayAdvice"].push_back({{"keptPercent", advice.kept_percent}, {"delayMs", delays}});
  }
  return json;
}

}  // namespace

std::string progress_json(const std::string& pipeline, const BatchProgress& progress) {
  std::int64_t rows = 0;
  std::int64_t dead_letters = 0;
  Json sources = Json::array();
  for (const SourceProgress& source : progress.sources) {
    rows += source.rows;
    dead_letters += source.dead_letters;
    sources.push_back(source_json(source, progress.duration_us));
  }
  Json sinks = Json::array();
  for (const SinkProgress& sink : progress.sinks) sinks.push_back(sink_json(sink));
  Json views = Json::array();
  for (const ViewProgress& view : progress.views) views.push_back(view_json(view));
  Json durations;
  for (const auto& [phase, micros] : progress.phase_us) {
    durations[phase] = static_cast<double>(micros) / 1000;
  }
  Json json;
  json["name"] = pipeline;
  json["timestamp"] = iso_time(progress.started_us);
  json["batchId"] = progress.batch;
  json["batchDuration"] = static_cast<double>(progress.duration_us) / 1000;
  json["numInputRows"] = rows;
  json["processedRowsPerSecond"] = rate(rows, progress.duration_us);
  json["numDeadLetters"] = dead_letters;
  json["durationMs"] = durations;
  if (progress.watermark_us) json["eventTime"] = {{"watermark", iso_time(*progress.watermark_us)}};
  json["state"] = {{"numRows", progress.state_rows}, {"bytes", progress.state_bytes}};
  json["stateOperators"] = views;
  json["sources"] = sources;
  json["sinks"] = sinks;
  return dump_json(json);
}

}  // namespace sluice
