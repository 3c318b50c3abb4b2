#include "sluice/progress.h"

#include "base/json.h"
#include "base/timestamp_text.h"

namespace sluice {
namespace {

/// Rows a second with one decimal.
double rate(std::int64_t rows, std::int64_t micros) {
  if (micros <= 0) return 0;
  const double value = static_cast<double>(rows) * 1e6 / static_cast<double>(micros);
  return static_cast<double>(static_cast<std::int64_t>(value * 10 + 0.5)) / 10;
}

OrderedJson offset_json(const std::string& offset) {
  OrderedJson parsed = parse_ordered_json(offset);
  return parsed.is_discarded() ? OrderedJson(nullptr) : parsed;
}

OrderedJson source_json(const SourceProgress& source, std::int64_t duration_us) {
  OrderedJson json;
  json["name"] = source.name;
  json["startOffset"] = offset_json(source.start_offset);
  json["endOffset"] = offset_json(source.end_offset);
  json["numInputRows"] = source.rows;
  json["processedRowsPerSecond"] = rate(source.rows, duration_us);
  json["numDeadLetters"] = source.dead_letters;
  if (source.replayed > 0) json["numReplayedRows"] = source.replayed;
  json["numBlankLines"] = source.blank_lines;
  json["lag"] = source.lag ? OrderedJson(*source.lag) : OrderedJson(nullptr);
  json["lagBytes"] = source.lag_bytes ? OrderedJson(*source.lag_bytes) : OrderedJson(nullptr);
  json["lagSeconds"] = source.lag_us
                           ? OrderedJson(static_cast<double>(*source.lag_us / 1000) / 1000)
                           : OrderedJson(nullptr);
  if (source.latest_event_us) json["eventTime"] = {{"max", iso_time_text(*source.latest_event_us)}};
  return json;
}

OrderedJson sink_json(const SinkProgress& sink) {
  OrderedJson json;
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
  json["durationMs"] = static_cast<double>(sink.duration_us) / 1000;
  if (!sink.left_out.empty()) json["columnsLeftOut"] = sink.left_out;
  return json;
}

OrderedJson node_json(const NodeProgress& node) {
  OrderedJson json;
  json["name"] = node.name;
  json["numOutputRows"] = node.rows ? OrderedJson(*node.rows) : OrderedJson(nullptr);
  json["durationMs"] = node.duration_us ? OrderedJson(static_cast<double>(*node.duration_us) / 1000)
                                        : OrderedJson(nullptr);
  return json;
}

OrderedJson view_json(const ViewProgress& view) {
  OrderedJson json;
  json["operatorName"] = view.name;
  json["numRowsTotal"] = view.state_rows;
  json["numBytesTotal"] = view.state_bytes;
  json["numInputRows"] = view.rows_in;
  json["numRowsDroppedByWatermark"] = view.late;
  for (const DelayAdvice& advice : view.advice) {
    OrderedJson delays;
    for (const auto& [source, micros] : advice.delays_us) {
      delays[source] = static_cast<double>(micros) / 1000;
    }
    json["delayAdvice"].push_back({{"keptPercent", advice.kept_percent}, {"delayMs", delays}});
  }
  return json;
}

}  // namespace

std::int64_t rows_of(const BatchProgress& progress) {
  std::int64_t rows = 0;
  for (const SourceProgress& source : progress.sources) rows += source.rows;
  return rows;
}

std::int64_t dead_letters_of(const BatchProgress& progress) {
  std::int64_t letters = 0;
  for (const SourceProgress& source : progress.sources) letters += source.dead_letters;
  return letters;
}

std::string progress_json(const std::string& pipeline, const BatchProgress& progress) {
  const std::int64_t rows = rows_of(progress);
  OrderedJson sources = OrderedJson::array();
  for (const SourceProgress& source : progress.sources) {
    sources.push_back(source_json(source, progress.duration_us));
  }
  OrderedJson sinks = OrderedJson::array();
  for (const SinkProgress& sink : progress.sinks) sinks.push_back(sink_json(sink));
  OrderedJson views = OrderedJson::array();
  for (const ViewProgress& view : progress.views) views.push_back(view_json(view));
  OrderedJson durations;
  for (const auto& [phase, micros] : progress.phase_us) {
    durations[phase] = static_cast<double>(micros) / 1000;
  }
  OrderedJson decoding = OrderedJson::object();
  for (const auto& [phase, micros] : progress.decode_us) {
    decoding[phase] = static_cast<double>(micros) / 1000;
  }
  OrderedJson nodes = OrderedJson::array();
  for (const NodeProgress& node : progress.nodes) nodes.push_back(node_json(node));
  OrderedJson json;
  json["name"] = pipeline;
  json["timestamp"] = iso_time_text(progress.started_us);
  json["batchId"] = progress.batch;
  json["batchDuration"] = static_cast<double>(progress.duration_us) / 1000;
  json["numInputRows"] = rows;
  json["processedRowsPerSecond"] = rate(rows, progress.duration_us);
  json["numDeadLetters"] = dead_letters_of(progress);
  json["durationMs"] = durations;
  json["decodeMs"] = decoding;
  if (progress.watermark_us)
    json["eventTime"] = {{"watermark", iso_time_text(*progress.watermark_us)}};
  json["state"] = {{"numRows", progress.state_rows}, {"bytes", progress.state_bytes}};
  json["stateOperators"] = views;
  json["sources"] = sources;
  for (const auto& [view, latest] : progress.view_events_us) {
    json["views"].push_back({{"name", view}, {"eventTime", {{"max", iso_time_text(latest)}}}});
  }
  json["nodes"] = nodes;
  json["sinks"] = sinks;
  return dump_json(json);
}

}  // namespace sluice
