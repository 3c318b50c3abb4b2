#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "app/composition/composition.h"
#include "app/composition/runnable.h"
#include "base/clock.h"
#include "base/random.h"
#include "charts/chart_board.h"
#include "engine/backoff.h"
#include "engine/control.h"
#include "questions/copy_desk.h"
#include "questions/question_room.h"
#include "sluice/host.h"

namespace sluice::app {

/// A pipeline of a host: its thread, and what others ask of it on its way through the states. The
/// thread runs one version of the file after the other, as reload() brings them.
class Hosted final : public HostedPipeline, private RunListener {
 public:
  /// Its part of what the host has for all; called on the pipeline's thread when a run begins.
  using Share = std::function<Limits(const HostedPipeline& self)>;

  /// `options` and `room` outlive it; null: no questions are answered.
  Hosted(Pipeline pipeline, const HostOptions& options, Share share, questions::QuestionRoom* room);
  /// Stops it and waits.
  ~Hosted() override;

  const std::string& name() const override { return name_; }
  PipelineDescription describe() const override;
  PipelineSnapshot snapshot() const override;
  Status start() override;
  Status pause() override;
  Status resume() override;
  Status trigger() override;
  Status drain() override;
  Status stop() override;
  Status reload() override;
  void wait() override;
  std::string charts_json() const override { return board_.charts_json(); }
  Result<ChartNews> chart_news(const std::string& chart, std::uint64_t seen) const override;
  Result<std::string> chart_csv(const std::string& chart) const override;
  std::string alerts_json() const override;
  std::int64_t alerts_version() const override;
  AlertCounts alert_counts() const override;
  Status silence(const std::string& alert, const std::optional<std::string>& key,
                 std::int64_t until_us) override;
  std::string relations_json() const override;
  Result<std::string> ask(const Question& question, const std::stop_token& stop) override;
  Result<std::shared_ptr<DeadLetters>> dead_letters() override;
  Result<PipelineSavepoint> savepoint(const std::string& to, const std::stop_token& stop) override;

  /// The limits that its file gives.
  Limits asked() const;
  /// Of its file and checkpoint, for messages and comparison.
  std::string path() const;
  std::string checkpoint() const;

 private:
  /// What the thread does after a version of the file has ended.
  enum class Next : unsigned char { kEnd, kSuccessor, kGoBack };

  // The pipeline's thread.
  void run(const std::stop_token& stop);
  Status run_version(const std::stop_token& stop);
  Result<std::unique_ptr<Runnable>> prepare();
  bool goes_back() const;
  Next next_version(const Status& done, bool handed_over, const std::stop_token& stop);
  /// Waits before the pipeline starts again by itself, until then or until something is asked of
  /// it. False: it ends, as the error or its file want.
  bool rest_before_restart(const Status& done, const std::stop_token& stop);
  void settle(const Status& done, const std::stop_token& stop);
  /// The thread ends early: the listener has thrown, or memory has run out. The listener does not
  /// learn of it.
  void give_up(const Error& error);
  void on_start(std::int64_t next_batch, int redone) override;
  void on_batch(const BatchProgress& progress) override;
  void on_retry(const std::string& what, int attempt, std::int64_t pause_ms) override;
  bool wants_row_counts() override {
    return options_.listener != nullptr && options_.listener->wants_row_counts(name_);
  }
  void on_hold(bool held) override;
  void tell(PipelineState state, const Error* error = nullptr) const;

  // mutex_ is held.
  void enter(PipelineState state);
  bool is_ending() const;
  Error refusal(const std::string& what) const;
  Status can_save() const;
  void renew_control();

  std::shared_ptr<alerts::Board> alert_board() const;

  Status check_identity(const Pipeline& next) const;
  void declare_charts(const Pipeline& version);
  /// The run that sleeps between two batches is to look at what is asked.
  void wake_for_question();

  const HostOptions& options_;
  const Share share_;
  const std::string name_;
  const SystemClock clock_;
  charts::ChartBoard board_;  // goes on from one version to the next
  questions::QuestionRoom* const room_;
  questions::CopyDesk desk_;
  // The thread's.
  SystemRandom random_;
  RunSummary summary_;
  std::optional<engine::Backoff> restarts_;  // since the last batch
  std::int64_t batches_before_restart_ = 0;

  std::mutex reload_mutex_;     // one reload at a time; before mutex_
  std::mutex savepoint_mutex_;  // one savepoint at a time; before mutex_
  std::mutex start_mutex_;      // one start at a time; before mutex_
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_. The thread alone changes version_ while it runs, and may read it as is.
  Pipeline version_;
  std::shared_ptr<DeadLetters> letters_;  // of version_; null: nobody has asked yet
  std::optional<Pipeline> before_;        // what to go back to, until version_ has started
  std::optional<Pipeline> successor_;     // of a reload that waits
  std::optional<Status> reloaded_;        // what became of it
  std::shared_ptr<engine::Control> control_;
  bool paused_ = false;  // asked for
  bool drained_ = false;
  bool resting_ = false;  // before it starts again by itself
  bool at_work_ = false;  // the thread has not done all yet
  std::stop_source stop_;
  PipelineSnapshot now_;
  std::optional<PipelineDescription> planned_;  // of version_, once its views are planned
  std::shared_ptr<alerts::Board> alert_board_;  // of the version that runs, or ran last
  std::int64_t alert_boards_ = 0;               // so far

  std::jthread thread_;  // last: it uses all above
};

}  // namespace sluice::app
