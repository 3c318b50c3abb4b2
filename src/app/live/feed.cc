#include "app/live/feed.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/border.h"
#include "base/log.h"
#include "base/thread.h"

namespace sluice::app {
namespace {

constexpr std::chrono::milliseconds kBetween{250};
constexpr std::chrono::milliseconds kTick{1000};
/// A view that nothing else counts is counted so seldom.
constexpr std::int64_t kCountEvery = 10'000'000;

template <class Progress>
std::string slowest(const std::vector<Progress>& all, auto duration) {
  const Progress* found = nullptr;
  for (const Progress& one : all) {
    if (found == nullptr || duration(one) > duration(*found)) found = &one;
  }
  return found == nullptr || duration(*found) == 0 ? "" : found->name;
}

OrderedJson lag_json(const std::optional<BatchProgress>& last) {
  if (!last) return nullptr;
  const Lag lag = lag_of(*last);
  OrderedJson json;
  json["records"] = lag.records ? OrderedJson(*lag.records) : OrderedJson(nullptr);
  json["ms"] = lag.us ? OrderedJson(*lag.us / 1000) : OrderedJson(nullptr);
  return json;
}

}  // namespace

Feed::Feed(std::string run, bool is_dashboard, const Clock& clock)
    : run_(std::move(run)),
      is_dashboard_(is_dashboard),
      clock_(clock),
      broadcast_(run_, {.opened =
                            [this](const http::Broadcast::Opening& opening_of) {
                              return opening(opening_of);
                            },
                        .gone = [this](http::StreamId stream) { charts_.close(stream); }}),
      charts_(broadcast_, clock_) {}

Feed::~Feed() { stop(); }

void Feed::follow(const Host& host) {
  const std::vector<HostedPipeline*> all = host.pipelines();
  {
    const std::lock_guard lock(mutex_);
    host_ = &host;
    if (all.size() == 1) alone_ = all.front()->name();
    for (const HostedPipeline* pipeline : all) pipelines_[pipeline->name()].changed = true;
  }
  set_log_observer([this](LogLevel level, std::string_view context, std::string_view message) {
    log_.add(clock_.now(), level, context.empty() ? std::string_view(alone_) : context, message);
    notice();
  });
  thread_ = start_thread(
      "feed", [this](const std::stop_token& stop) { work(stop); },
      [](const Error& error) { log_error("the page gets no news: " + error.message()); });
}

void Feed::stop() {
  set_log_observer({});
  if (thread_.joinable()) {
    thread_.request_stop();
    thread_.join();
  }
  const std::lock_guard lock(mutex_);
  host_ = nullptr;
}

void Feed::notice() {
  const std::lock_guard lock(mutex_);
  news_ = true;
  changed_.notify_all();
}

bool Feed::watch(http::StreamId stream, std::vector<ChartStreams::Name> charts) {
  if (!charts_.watch(stream, std::move(charts))) return false;
  notice();
  return true;
}

void Feed::on_state(const std::string& pipeline, PipelineState state, const Error* /*error*/) {
  const std::lock_guard lock(mutex_);
  Followed& followed = pipelines_[pipeline];
  followed.changed = true;
  if (state == PipelineState::kRunning) followed.replanned = true;
  news_ = true;
  changed_.notify_all();
}

void Feed::on_start(const std::string& pipeline, std::int64_t /*next_batch*/, int /*redone*/) {
  const std::lock_guard lock(mutex_);
  pipelines_[pipeline].record.add_start();
}

void Feed::on_batch(const std::string& pipeline, const BatchProgress& progress) {
  const std::int64_t now = clock_.now();
  const std::lock_guard lock(mutex_);
  pipelines_[pipeline].record.add(progress, now);
  if (!std::exchange(news_, true)) changed_.notify_all();
}

void Feed::on_retry(const std::string& pipeline, const std::string& /*what*/, int /*attempt*/,
                    std::int64_t /*pause_ms*/) {
  const std::lock_guard lock(mutex_);
  Followed& followed = pipelines_[pipeline];
  followed.record.add_retry();
  followed.changed = true;
  news_ = true;
  changed_.notify_all();
}

bool Feed::wants_row_counts(const std::string& pipeline) {
  if (broadcast_.streams().empty()) return false;
  const std::int64_t now = clock_.now();
  const std::lock_guard lock(mutex_);
  Followed& followed = pipelines_[pipeline];
  if (now - followed.counted_us < kCountEvery) return false;
  followed.counted_us = now;
  return true;
}

void Feed::work(const std::stop_token& stop) {
  auto tick = std::chrono::steady_clock::now() + kTick;
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait_until(lock, stop, tick, [this] { return news_; });
      news_ = false;
    }
    const auto began = std::chrono::steady_clock::now();
    for (const HostedPipeline* pipeline : host_->pipelines()) {
      publish(*pipeline);
      publish_alerts(*pipeline);
    }
    publish_log();
    if (!charts_.send_news(*host_)) notice();
    if (began >= tick) {
      publish_tick();
      tick = began + kTick;
    }
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, stop, began + kBetween, [] { return false; });
  }
}

void Feed::publish(const HostedPipeline& pipeline) {
  bool replanned = false;
  {
    const std::lock_guard lock(mutex_);
    replanned = std::exchange(pipelines_[pipeline.name()].replanned, false);
  }
  if (replanned) publish_snapshot(pipeline);
  const PipelineSnapshot snapshot = pipeline.snapshot();
  std::vector<http::Event> events;
  {
    const std::lock_guard lock(mutex_);
    Followed& followed = pipelines_[pipeline.name()];
    if (followed.record.has_news()) {
      ToldBatch told;
      const BatchProgress batch = followed.record.tell(told);
      const Verdict verdict = judge_now(snapshot, followed);
      events.push_back({"batch", batch_event_json({followed.graph, batch, told, snapshot,
                                                   followed.record, verdict})});
    }
    if (std::exchange(followed.changed, false)) {
      events.push_back({"state", state_event_json(snapshot, judge_now(snapshot, followed))});
    }
  }
  for (const http::Event& event : events) broadcast_.publish(event);
}

void Feed::publish_snapshot(const HostedPipeline& pipeline) {
  const PipelineDescription description = pipeline.describe();
  {
    const std::lock_guard lock(mutex_);
    Followed& followed = pipelines_[pipeline.name()];
    followed.graph = flow_graph(description);
    followed.every_us = description.every_us;
  }
  broadcast_.publish(snapshot_event(pipeline));
}

void Feed::publish_alerts(const HostedPipeline& pipeline) {
  for (std::string& event : alert_news_[pipeline.name()].take(pipeline)) {
    broadcast_.publish({"alert", std::move(event)});
  }
}

void Feed::publish_log() {
  for (const auto& [pipeline, news] : log_.take_news()) {
    broadcast_.publish({"log", log_event_json(pipeline, news)});
  }
}

void Feed::publish_tick() {
  if (broadcast_.streams().empty()) return;
  OrderedJson json;
  json["now"] = clock_.now() / 1000;
  json["pipelines"] = OrderedJson::object();
  for (const HostedPipeline* pipeline : host_->pipelines()) {
    const PipelineSnapshot snapshot = pipeline->snapshot();
    OrderedJson& one = json["pipelines"][snapshot.name];
    one["state"] = state_name(snapshot.state);
    one["lag"] = lag_json(snapshot.last);
    one["verdict"] = verdict_json(verdict(snapshot));
  }
  // A tick is of its moment: who comes back has no use for it.
  const http::Event event{"tick", dump_json(json)};
  for (const http::StreamId stream : broadcast_.streams()) broadcast_.send(stream, event);
}

std::vector<http::Event> Feed::opening(const http::Broadcast::Opening& opening) const {
  const Host* host = nullptr;
  {
    const std::lock_guard lock(mutex_);
    host = host_;
  }
  if (host == nullptr) return {};
  HelloFacts hello{.run = run_,
                   .stream = opening.stream,
                   .mode = is_dashboard_ ? "dashboard" : "run",
                   .features = {"charts", "alerts", "dead_letters", "sql"},
                   .pipelines = {}};
  for (const HostedPipeline* pipeline : host->pipelines()) {
    hello.pipelines.push_back(pipeline->name());
  }
  std::vector<http::Event> events = {{"hello", hello_json(hello, clock_.now())}};
  if (opening.reason == http::Broadcast::Reason::kResumed) return events;
  for (const HostedPipeline* pipeline : host->pipelines()) {
    events.push_back(snapshot_event(*pipeline));
  }
  return events;
}

http::Event Feed::snapshot_event(const HostedPipeline& pipeline) const {
  const PipelineDescription description = pipeline.describe();
  const PipelineSnapshot snapshot = pipeline.snapshot();
  const std::vector<LogLine> log = log_.newest(snapshot.name);
  const std::string charts = pipeline.charts_json();
  const std::string alerts = pipeline.alerts_json();
  const std::lock_guard lock(mutex_);
  static const Followed kNothing;
  const auto known = pipelines_.find(snapshot.name);
  const Followed& followed = known == pipelines_.end() ? kNothing : known->second;
  return {"snapshot", snapshot_event_json({description, snapshot, followed.record,
                                           judge_now(snapshot, followed), log, charts, alerts},
                                          clock_.now())};
}

Verdict Feed::judge_now(const PipelineSnapshot& snapshot, const Followed& followed) const {
  const std::vector<JudgedBatch> batches = followed.record.judged();
  Evidence evidence;
  evidence.state = snapshot.state;
  evidence.since_us = snapshot.since_us;
  evidence.retrying = snapshot.retrying;
  if (snapshot.error) evidence.error = snapshot.error->message;
  evidence.every_us = followed.every_us;
  evidence.batches = batches;
  if (!batches.empty() && followed.every_us > 0) {
    const JudgedBatch& last = batches.back();
    evidence.limited = last.rows > 0 && last.lag.records && *last.lag.records >= last.rows;
  }
  if (!followed.record.whole().empty()) {
    const BatchProgress& last = followed.record.whole().back();
    evidence.slowest_view =
        slowest(last.nodes, [](const NodeProgress& node) { return node.duration_us.value_or(0); });
    evidence.slowest_sink =
        slowest(last.sinks, [](const SinkProgress& sink) { return sink.duration_us; });
  }
  return judge(evidence, clock_.now());
}

Verdict Feed::verdict(const PipelineSnapshot& snapshot) const {
  const std::lock_guard lock(mutex_);
  static const Followed kNothing;
  const auto known = pipelines_.find(snapshot.name);
  return judge_now(snapshot, known == pipelines_.end() ? kNothing : known->second);
}

std::map<std::string, MeasuredPipeline> Feed::measured() const {
  std::map<std::string, MeasuredPipeline> all;
  const Host* host = nullptr;
  {
    const std::lock_guard lock(mutex_);
    host = host_;
  }
  if (host == nullptr) return all;
  for (const HostedPipeline* pipeline : host->pipelines()) {
    all[pipeline->name()].snapshot = pipeline->snapshot();
    all[pipeline->name()].alerts = pipeline->alert_counts();
  }
  const std::lock_guard lock(mutex_);
  for (auto& [name, one] : all) {
    if (const auto known = pipelines_.find(name); known != pipelines_.end()) {
      one.counters = known->second.record.counters();
    }
  }
  return all;
}

}  // namespace sluice::app
