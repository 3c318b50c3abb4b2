#include "app/host/snapshot_parts.h"
#include "base/json.h"
#include "base/timestamp_text.h"
#include "sluice/host.h"

namespace sluice {
namespace {

OrderedJson time_or_null(std::int64_t micros) {
  return micros == 0 ? OrderedJson(nullptr) : OrderedJson(iso_time_text(micros));
}

}  // namespace

namespace app {

OrderedJson sources_json(const RunSummary& summary) {
  OrderedJson sources = OrderedJson::array();
  for (const SourceProgress& source : summary.sources) {
    OrderedJson json;
    json["name"] = source.name;
    json["numInputRows"] = source.rows;
    json["numDeadLetters"] = source.dead_letters;
    json["lag"] = source.lag ? OrderedJson(*source.lag) : OrderedJson(nullptr);
    json["lagBytes"] = source.lag_bytes ? OrderedJson(*source.lag_bytes) : OrderedJson(nullptr);
    json["lagSeconds"] = source.lag_us
                             ? OrderedJson(static_cast<double>(*source.lag_us / 1000) / 1000)
                             : OrderedJson(nullptr);
    sources.push_back(std::move(json));
  }
  return sources;
}

OrderedJson sinks_json(const RunSummary& summary) {
  OrderedJson sinks = OrderedJson::array();
  for (const SinkProgress& sink : summary.sinks) {
    OrderedJson json;
    json["name"] = sink.name;
    json["numInputRows"] = sink.rows_in;
    json["numKeptRows"] = sink.kept;
    json["numFilteredRows"] = sink.filtered;
    json["numAddedRows"] = sink.added;
    json["numLateRows"] = sink.late;
    json["numDeadLetters"] = sink.dead_letters;
    json["numOutputRows"] = sink.rows;
    json["numOutputBytes"] = sink.bytes;
    json["numRowsWaiting"] = sink.waiting;
    sinks.push_back(std::move(json));
  }
  return sinks;
}

}  // namespace app

std::string snapshot_json(const PipelineSnapshot& snapshot) {
  OrderedJson json;
  json["name"] = snapshot.name;
  json["file"] = snapshot.path;
  json["state"] = state_name(snapshot.state);
  json["since"] = time_or_null(snapshot.since_us);
  json["started"] = time_or_null(snapshot.started_us);
  json["batches"] = snapshot.summary.batches;
  json["batchId"] = snapshot.last ? OrderedJson(snapshot.last->batch) : OrderedJson(nullptr);
  json["retries"] = snapshot.retries;
  json["retrying"] =
      snapshot.retrying.empty() ? OrderedJson(nullptr) : OrderedJson(snapshot.retrying);
  json["reloads"] = snapshot.reloads;
  json["restarts"] = snapshot.restarts;
  json["memoryLimitBytes"] =
      snapshot.memory_bytes > 0 ? OrderedJson(snapshot.memory_bytes) : OrderedJson(nullptr);
  json["threads"] = snapshot.threads > 0 ? OrderedJson(snapshot.threads) : OrderedJson(nullptr);
  json["error"] = nullptr;
  if (snapshot.error) {
    json["error"] = {{"kind", kind_name(snapshot.error->kind)},
                     {"message", snapshot.error->message}};
  }
  json["sources"] = app::sources_json(snapshot.summary);
  json["sinks"] = app::sinks_json(snapshot.summary);
  json["lastProgress"] = snapshot.last
                             ? parse_ordered_json(progress_json(snapshot.name, *snapshot.last))
                             : OrderedJson(nullptr);
  return dump_json(json);
}

}  // namespace sluice
