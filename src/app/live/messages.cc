#include "app/live/messages.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <unistd.h>

#include "app/host/snapshot_parts.h"
#include "app/live/alert_news.h"
#include "base/timestamp_text.h"
#include "sluice/reference.h"

namespace sluice::app {
namespace {

OrderedJson millis(std::int64_t micros) { return micros / 1000; }
OrderedJson exact_millis(std::int64_t micros) { return static_cast<double>(micros) / 1000; }

template <class T>
OrderedJson or_null(const std::optional<T>& value) {
  return value ? OrderedJson(*value) : OrderedJson(nullptr);
}

OrderedJson steps_json(const BatchSteps& steps) {
  OrderedJson json;
  json["plan"] = exact_millis(steps.plan);
  json["read"] = exact_millis(steps.read);
  json["decode"] = exact_millis(steps.decode);
  json["sql"] = exact_millis(steps.sql);
  json["stage"] = exact_millis(steps.stage);
  json["commit"] = exact_millis(steps.commit);
  json["publish"] = exact_millis(steps.publish);
  return json;
}

OrderedJson lag_json(const Lag& lag) {
  OrderedJson json;
  json["records"] = or_null(lag.records);
  json["ms"] = lag.us ? exact_millis(*lag.us) : OrderedJson(nullptr);
  return json;
}

OrderedJson reasons_json(const PipelineRecord& record) {
  OrderedJson json = OrderedJson::array();
  for (const DeadLetterReason& reason : record.reasons()) {
    json.push_back({{"reason", reason.reason}, {"count", reason.count}, {"first", reason.first}});
  }
  return json;
}

OrderedJson node_json(const FlowGraph::Node& node) {
  const PartDescription& part = node.part;
  OrderedJson json;
  json["id"] = node.id;
  json["name"] = part.name;
  json["kind"] = node.kind;
  const std::size_t comma = part.kind.find(',');
  json["type"] = part.kind.substr(0, comma);
  json["label"] = part.kind;
  json["detail"] = part.detail;
  if (!part.sql.empty()) json["sql"] = part.sql;
  if (!part.watermark.empty()) json["watermark"] = part.watermark;
  if (!part.promise.empty()) json["promise"] = part.promise;
  if (part.has_state) json["state"] = true;
  json["settings"] = OrderedJson::array();
  return json;
}

OrderedJson line_json(const LogLine& line) {
  constexpr std::array<const char*, 5> kNames = {"debug", "info", "warn", "error", "off"};
  OrderedJson json;
  json["t"] = millis(line.at_us);
  json["level"] = kNames.at(static_cast<std::size_t>(line.level));
  json["text"] = line.text;
  return json;
}

OrderedJson lines_json(const std::vector<LogLine>& lines) {
  OrderedJson json = OrderedJson::array();
  for (const LogLine& line : lines) json.push_back(line_json(line));
  return json;
}

OrderedJson totals_json(const PipelineSnapshot& snapshot) {
  OrderedJson json;
  json["since"] = millis(snapshot.started_us);
  json["batches"] = snapshot.summary.batches;
  json["sources"] = sources_json(snapshot.summary);
  json["sinks"] = sinks_json(snapshot.summary);
  return json;
}

/// A batch that is no longer shown in full.
OrderedJson short_batch_json(const ToldBatch& told) {
  const JudgedBatch& judged = told.judged;
  OrderedJson batch;
  batch["batchId"] = judged.batch;
  batch["timestamp"] = iso_time_text(judged.ended_us - judged.duration_us);
  batch["batchDuration"] = exact_millis(judged.duration_us);
  batch["numInputRows"] = told.rows;
  batch["numDeadLetters"] = told.dead_letters;
  batch["numLateRows"] = told.late;
  return batch;
}

OrderedJson told_json(const ToldBatch& told, OrderedJson batch) {
  OrderedJson json;
  json["batch"] = std::move(batch);
  json["steps"] = steps_json(told.judged.steps);
  json["lag"] = lag_json(told.judged.lag);
  if (told.skipped > 0) json["skipped"] = told.skipped;
  return json;
}

OrderedJson whole_batch_json(const std::string& pipeline, const BatchProgress& batch,
                             const ToldBatch& told) {
  OrderedJson json = parse_ordered_json(progress_json(pipeline, batch));
  json["numLateRows"] = told.late;
  return json;
}

const NodeProgress* progress_of(const BatchProgress& batch, const std::string& name) {
  const auto found = std::ranges::find(batch.nodes, name, &NodeProgress::name);
  return found == batch.nodes.end() ? nullptr : &*found;
}

struct NodeFacts {
  std::optional<std::int64_t> rows;
  std::optional<std::int64_t> us;
};

/// What a node of the graph did in a batch; `rows`: that the batch read.
NodeFacts facts_of(const FlowGraph::Node& node, const BatchProgress& batch,
                   const PipelineRecord& record, std::int64_t rows) {
  const std::string& name = node.part.name;
  if (node.kind == "sink") {
    const auto sink = std::ranges::find(batch.sinks, name, &SinkProgress::name);
    if (sink == batch.sinks.end()) return {0, std::nullopt};
    return {sink->rows, sink->duration_us};
  }
  if (node.kind == "dead") {
    const auto source = std::ranges::find(batch.sources, name, &SourceProgress::name);
    return {source == batch.sources.end() ? 0 : source->dead_letters, std::nullopt};
  }
  const NodeProgress* own = progress_of(batch, name);
  if (own == nullptr) return {};
  NodeFacts found{own->rows, own->duration_us};
  if (!found.rows) found.rows = record.estimated_rows(name, rows);
  return found;
}

/// `nodes` and `edges` of a batch.
void add_flow(OrderedJson& json, const FlowGraph& graph, const BatchProgress& batch,
              const PipelineRecord& record, std::int64_t rows_read) {
  std::map<std::string, std::optional<std::int64_t>> rows;
  json["nodes"] = OrderedJson::object();
  for (const FlowGraph::Node& node : graph.nodes) {
    const NodeFacts own = facts_of(node, batch, record, rows_read);
    rows[node.id] = own.rows;
    json["nodes"][node.id] = {{"rows", or_null(own.rows)},
                              {"ms", own.us ? exact_millis(*own.us) : OrderedJson(nullptr)}};
  }
  json["edges"] = OrderedJson::array();
  for (const auto& [from, to] : graph.edges) {
    // Into a sink or the dead letters go the rows that these count themselves.
    const bool ends = to.starts_with("sink:") || to.starts_with("dead:");
    json["edges"].push_back(or_null(rows[ends ? to : from]));
  }
}

}  // namespace

std::string version_number() {
  std::string text = version_text();
  text.erase(0, text.find(' ') + 1);
  return text.substr(0, text.find(' '));
}

FlowGraph flow_graph(const PipelineDescription& description) {
  FlowGraph graph;
  std::map<std::string, std::string> ids;
  const auto add = [&](const char* kind, const PartDescription& part) {
    const std::string id = std::string(kind) + ":" + part.name;
    graph.nodes.push_back({id, kind, part});
    return id;
  };
  for (const PartDescription& part : description.sources) {
    ids[part.name] = add("source", part);
    if (part.dead_letters.empty()) continue;
    PartDescription letters;
    letters.name = part.name;
    letters.kind = "dead letters";
    letters.detail = part.dead_letters;
    graph.edges.emplace_back(ids[part.name], add("dead", letters));
  }
  for (const PartDescription& part : description.tables) ids[part.name] = add("table", part);
  for (const PartDescription& part : description.views) ids[part.name] = add("view", part);
  const auto connect = [&](const PartDescription& part, const std::string& to) {
    for (const std::string& from : part.reads) {
      if (const auto id = ids.find(from); id != ids.end()) graph.edges.emplace_back(id->second, to);
    }
  };
  for (const PartDescription& part : description.views) connect(part, ids[part.name]);
  for (const PartDescription& part : description.sinks) connect(part, add("sink", part));
  return graph;
}

OrderedJson verdict_json(const Verdict& verdict) {
  OrderedJson json;
  json["state"] = verdict_state_name(verdict.state);
  json["head"] = verdict.head;
  json["text"] = verdict.text;
  json["bound"] = verdict.bound.empty() ? OrderedJson(nullptr) : OrderedJson(verdict.bound);
  json["spare"] =
      verdict.spare ? OrderedJson(std::round(*verdict.spare * 1000) / 1000) : OrderedJson(nullptr);
  json["could"] = verdict.could ? OrderedJson(std::round(*verdict.could)) : OrderedJson(nullptr);
  return json;
}

OrderedJson status_json(const PipelineSnapshot& snapshot, const Verdict& verdict) {
  OrderedJson json = parse_ordered_json(snapshot_json(snapshot));
  json["verdict"] = verdict_json(verdict);
  return json;
}

std::string hello_json(const HelloFacts& facts, std::int64_t now_us) {
  OrderedJson json;
  json["protocol"] = 1;
  json["mode"] = facts.mode;
  json["version"] = version_number();
  json["run"] = facts.run;
  json["now"] = millis(now_us);
  json["stream"] = std::to_string(facts.stream);
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
  json["host"] = host.data();
  json["pid"] = ::getpid();
  json["pipelines"] = facts.pipelines;
  json["features"] = facts.features;
  return dump_json(json);
}

std::string snapshot_event_json(const SnapshotFacts& facts, std::int64_t now_us) {
  const PipelineDescription& description = facts.description;
  const PipelineSnapshot& snapshot = facts.snapshot;
  const FlowGraph graph = flow_graph(description);
  OrderedJson json;
  json["pipeline"] = snapshot.name;
  json["now"] = millis(now_us);
  json["state"] = state_name(snapshot.state);
  json["since"] = millis(snapshot.since_us);
  json["started"] = millis(snapshot.started_us);
  json["file"] = snapshot.path;
  json["trigger"] = description.trigger;
  json["every_ms"] =
      description.every_us > 0 ? exact_millis(description.every_us) : OrderedJson(nullptr);
  json["checkpoint"] = description.checkpoint;
  json["nodes"] = OrderedJson::array();
  for (const FlowGraph::Node& node : graph.nodes) json["nodes"].push_back(node_json(node));
  json["edges"] = OrderedJson::array();
  for (const auto& [from, to] : graph.edges) json["edges"].push_back({from, to});
  json.update(parse_ordered_json(facts.charts));
  add_alerts(json, facts.alerts);
  json["batches"] = OrderedJson::array();
  const std::size_t short_ones = facts.record.told().size() - facts.record.whole().size();
  std::size_t at = 0;
  for (const ToldBatch& told : facts.record.told()) {
    OrderedJson batch =
        at < short_ones
            ? short_batch_json(told)
            : whole_batch_json(snapshot.name, facts.record.whole()[at - short_ones], told);
    json["batches"].push_back(told_json(told, std::move(batch)));
    ++at;
    // So that the graph of a pipeline that rests is not empty.
    if (at == facts.record.told().size()) {
      add_flow(json["batches"].back(), graph, facts.record.whole().back(), facts.record, told.rows);
    }
  }
  json["totals"] = totals_json(snapshot);
  json["dead"] = facts.record.dead_letters();
  json["reasons"] = reasons_json(facts.record);
  json["log"] = lines_json(facts.log);
  json["verdict"] = verdict_json(facts.verdict);
  if (snapshot.error) {
    json["error"] = {{"kind", kind_name(snapshot.error->kind)},
                     {"message", snapshot.error->message}};
  }
  return dump_json(json);
}

std::string batch_event_json(const BatchFacts& facts) {
  OrderedJson json;
  json["pipeline"] = facts.snapshot.name;
  json.update(
      told_json(facts.told, whole_batch_json(facts.snapshot.name, facts.batch, facts.told)));
  add_flow(json, facts.graph, facts.batch, facts.record, facts.told.rows);
  json["dead"] = facts.record.dead_letters();
  json["reasons"] = reasons_json(facts.record);
  json["totals"] = totals_json(facts.snapshot);
  json["verdict"] = verdict_json(facts.verdict);
  return dump_json(json);
}

std::string state_event_json(const PipelineSnapshot& snapshot, const Verdict& verdict) {
  OrderedJson json;
  json["pipeline"] = snapshot.name;
  json["state"] = state_name(snapshot.state);
  json["since"] = millis(snapshot.since_us);
  json["verdict"] = verdict_json(verdict);
  json["retrying"] =
      snapshot.retrying.empty() ? OrderedJson(nullptr) : OrderedJson(snapshot.retrying);
  if (snapshot.error) {
    json["error"] = {{"kind", kind_name(snapshot.error->kind)},
                     {"message", snapshot.error->message}};
  }
  return dump_json(json);
}

std::string log_event_json(const std::string& pipeline, const LogTail::News& news) {
  OrderedJson json;
  json["pipeline"] = pipeline;
  json["lines"] = lines_json(news.lines);
  json["dropped"] = news.dropped;
  return dump_json(json);
}

}  // namespace sluice::app
