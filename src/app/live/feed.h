#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "app/live/alert_news.h"
#include "app/live/chart_streams.h"
#include "app/live/live_metrics.h"
#include "app/live/log_tail.h"
#include "app/live/messages.h"
#include "app/live/pipeline_record.h"
#include "base/clock.h"
#include "http/broadcast.h"
#include "sluice/host.h"

namespace sluice::app {

/// Follows the pipelines of a host and informs those who listen (docs/reference/live.md). A
/// pipeline's own thread only hands its progress over; words and JSON are made on the feed's
/// thread, at most four times a second.
class Feed final : public HostListener {
 public:
  /// `run` names this run of the program; as LiveOptions::is_dashboard; `clock` outlives it.
  Feed(std::string run, bool is_dashboard, const Clock& clock);
  /// As stop().
  ~Feed() override;
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  /// Begins to tell of the host's pipelines. `host` outlives the call of stop().
  void follow(const Host& host);
  /// Nothing is published from now on, and the log is not observed.
  void stop();

  http::Broadcast& broadcast() { return broadcast_; }
  /// The charts that a stream gets from now on. False: there is no such stream. Any thread may ask.
  bool watch(http::StreamId stream, std::vector<ChartStreams::Name> charts);

  /// How a pipeline is, in words; any thread may ask.
  Verdict verdict(const PipelineSnapshot& snapshot) const;
  /// What metrics are made of; any thread may ask.
  std::map<std::string, MeasuredPipeline> measured() const;
  const std::string& run() const { return run_; }
  const Clock& clock() const { return clock_; }

  // HostListener, on the pipelines' threads.
  void on_state(const std::string& pipeline, PipelineState state, const Error* error) override;
  void on_start(const std::string& pipeline, std::int64_t next_batch, int redone) override;
  void on_batch(const std::string& pipeline, const BatchProgress& progress) override;
  void on_retry(const std::string& pipeline, const std::string& what, int attempt,
                std::int64_t pause_ms) override;
  bool wants_row_counts(const std::string& pipeline) override;

 private:
  /// What is kept of a pipeline. Guarded by mutex_.
  struct Followed {
    PipelineRecord record;
    bool changed = false;         ///< its state, and that is not published yet
    bool replanned = true;        ///< its views may be others than those that were published
    std::int64_t counted_us = 0;  ///< when its rows were counted last
    std::int64_t every_us = 0;
    FlowGraph graph;
  };

  void work(const std::stop_token& stop);
  void publish(const HostedPipeline& pipeline);
  void publish_snapshot(const HostedPipeline& pipeline);
  void publish_alerts(const HostedPipeline& pipeline);
  void publish_log();
  void publish_tick();
  std::vector<http::Event> opening(const http::Broadcast::Opening& opening) const;
  http::Event snapshot_event(const HostedPipeline& pipeline) const;
  Verdict judge_now(const PipelineSnapshot& snapshot, const Followed& followed) const;
  void notice();

  const std::string run_;
  const bool is_dashboard_;
  const Clock& clock_;
  LogTail log_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  bool news_ = false;
  const Host* host_ = nullptr;
  std::string alone_;  ///< the only pipeline, whose lines have no name; "": there are several
  std::map<std::string, Followed> pipelines_;
  std::map<std::string, AlertNews> alert_news_;  // the thread's
  http::Broadcast broadcast_;
  ChartStreams charts_;
  std::jthread thread_;  // last: it uses all above
};

}  // namespace sluice::app
