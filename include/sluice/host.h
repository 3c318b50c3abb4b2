#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/base/error.h"
#include "sluice/base/result.h"
#include "sluice/dead_letters.h"
#include "sluice/pipeline.h"
#include "sluice/progress.h"
#include "sluice/question.h"

namespace sluice {

/// Where a pipeline of a host is. What may be asked of it depends on that:
///
///             | start  pause  resume  trigger  drain  stop  reload  savepoint
///   kReady    |  yes     -      -        -       -     ok     yes      -
///   kStarting |   -     yes    yes      yes     yes    yes    yes     yes
///   kRunning  |   -     yes    ok       yes     yes    yes    yes     yes
///   kPaused   |   -     ok     yes       -      yes    yes    yes     yes
///   kReloading|   -     yes    yes       -      yes    yes     -       -
///   kDraining |   -      -      -        -      ok     yes     -      yes
///   kStopping |   -      -      -        -       -     ok      -       -
///   ended     |  yes     -      -        -       -     ok     yes      -
///
/// A paused one that was asked to resume takes a trigger at once.
/// ok: it is so already, nothing happens. -: kUser, with the reason. "ended" is each of the last
/// three; what runs ends in one of them.
enum class PipelineState : unsigned char {
  kReady,      ///< read and composed, not started
  kStarting,   ///< opens its checkpoint, connects, publishes what the last run left unpublished
  kRunning,    ///< batches go, or the next one is waited for
  kPaused,     ///< no batch is begun; sources and the checkpoint are open
  kReloading,  ///< a new version of its file takes over at the next border between two batches
  kDraining,   ///< ends once all that was there when it was asked is processed
  kStopping,   ///< ends with the batch in hand
  kFinished,   ///< ended by itself: its trigger is done, its sources have ended, it was drained
  kStopped,    ///< ended because it was asked to
  kFailed,     ///< ended with an error
};

/// "running", "paused" ...
std::string_view state_name(PipelineState state);
/// Whether a thread of the pipeline is at work.
bool is_active(PipelineState state);

/// An error that was met, as it can be kept and shown.
struct PipelineError {
  Kind kind = Kind::kInternal;
  std::string message;
};

/// A pipeline at one moment. Everything since its last start (a reload is none), unless said
/// otherwise.
struct PipelineSnapshot {
  std::string name;
  std::string path;  ///< of its file
  PipelineState state = PipelineState::kReady;
  std::int64_t since_us = 0;    ///< when it came into this state, microseconds since 1970
  std::int64_t started_us = 0;  ///< its last start; 0: never
  std::optional<BatchProgress> last;
  RunSummary summary;
  std::int64_t retries = 0;  ///< steps that failed for a passing reason
  std::string retrying;      ///< such a step whose next try is waited for; "": none
  /// Why it has failed, or, of one that has not, its last reload that did not come about; null:
  /// neither.
  std::optional<PipelineError> error;
  std::int64_t reloads = 0;       ///< versions of its file that took over
  std::int64_t restarts = 0;      ///< by itself, after an error (engine: {restart: on_failure})
  std::int64_t memory_bytes = 0;  ///< for SQL; 0: the default, 80 % of the machine's
  int threads = 0;                ///< for SQL; 0: as many as cores
};

/// The snapshot as one JSON object (docs/reference/progress.md), without a line end.
std::string snapshot_json(const PipelineSnapshot& snapshot);

/// Informed about the pipelines of a host, by each on its own thread: several may call at a time.
/// Keep it short. What it throws ends the pipeline that calls.
/// REQUIRES: it asks nothing of a pipeline that blocks (reload(), wait()), and no start of the one
/// that calls; it outlives the host.
class HostListener {
 public:
  virtual ~HostListener() = default;
  /// It has started, holds, goes on or has ended. `error` is why it failed, null otherwise. What
  /// was asked for from outside (kDraining, kStopping) is not told.
  virtual void on_state(const std::string& pipeline, PipelineState state, const Error* error) = 0;
  /// As RunListener.
  virtual void on_start(const std::string& pipeline, std::int64_t next_batch, int redone) = 0;
  virtual void on_batch(const std::string& pipeline, const BatchProgress& progress) = 0;
  virtual void on_retry(const std::string& pipeline, const std::string& what, int attempt,
                        std::int64_t pause_ms) = 0;
  virtual bool wants_row_counts(const std::string& pipeline) {
    static_cast<void>(pipeline);
    return false;
  }
};

/// What is counted of a pipeline's alerts in this run.
struct AlertCounts {
  struct Alert {
    std::string name;
    std::string severity;     ///< page, warn or info
    std::int64_t firing = 0;  ///< keys that fire, silenced ones among them
  };
  struct Receiver {
    std::string name;
    std::int64_t sent = 0;      ///< notices
    std::int64_t given_up = 0;  ///< that it refused, or could not be reached for
    std::int64_t waiting = 0;   ///< that are still to be sent
  };
  std::vector<Alert> alerts;
  std::vector<Receiver> receivers;
};

/// A copy of a running pipeline's checkpoint, from which another run can start.
struct PipelineSavepoint {
  std::string folder;       ///< of backups, of this machine or a store
  std::int64_t number = 0;  ///< in that folder
  std::int64_t batch = -1;  ///< the last one that is in it; -1: none
  std::uint64_t bytes = 0;
  std::string restore{};  ///< the command that restores it
};

/// A pipeline of a host. Any thread may call; nothing but reload(), savepoint() and wait() blocks
/// for longer than it takes to ask. Errors of what may not be asked now: kUser.
class HostedPipeline {
 public:
  virtual ~HostedPipeline() = default;

  virtual const std::string& name() const = 0;
  /// Of the version that runs, or ran last; with columns and views once a run has planned them.
  virtual PipelineDescription describe() const = 0;
  /// How it is; does not hold the engine up.
  virtual PipelineSnapshot snapshot() const = 0;

  /// Begins a run, with the version of the file that was read last: by Host::add() or reload().
  /// What it meets shows in snapshot().
  virtual Status start() = 0;
  /// No batch is begun from now on; the batch in hand is finished first, and then the state is
  /// kPaused. A batch that waits for its next try is in hand.
  virtual Status pause() = 0;
  virtual Status resume() = 0;
  /// A batch now instead of at the next tick of `every`; ticks stay where they are.
  virtual Status trigger() = 0;
  /// As Spark's available_now trigger from now on: what every source has at this moment is
  /// processed, in batches as their limits ask, rows that wait for a full file are written, and the
  /// run ends. A paused pipeline goes on for it. A source that ends by itself is not waited for;
  /// one that never has "all" (a generator without end) ends the run at once, with a warning.
  virtual Status drain() = 0;
  /// Finishes the batch in hand; what it has committed is published. Before the first batch: ends
  /// without one.
  virtual Status stop() = 0;
  /// Reads the file again. A version that fits what the checkpoint keeps takes over at the next
  /// border between two batches, in the state kPaused if the pipeline was; blocks until its
  /// batches can begin. Errors leave the old version at work: kUser (the file; another name or
  /// checkpoint; E_STATE_CHANGED, E_SOURCE_ORPHAN), or what the new version met when it connected,
  /// after which the old one was started again. kCancelled: the pipeline ended first. One that is
  /// not active only gets the new version for its next start.
  virtual Status reload() = 0;
  /// Blocks until the pipeline is not active.
  virtual void wait() = 0;
  /// A copy of the checkpoint between two batches, as backups are, in the folder `to` ("": that of
  /// the file's `backup`); blocks until it is there, and holds the pipeline up for no longer than
  /// it takes to copy the database on its disk. Paused or draining it makes one, too; whatever goes
  /// wrong, the pipeline goes on. kUser: there is no place, or not in this state, with what to do;
  /// kCancelled: `stop`; the errors of the place.
  virtual Result<PipelineSavepoint> savepoint(const std::string& to,
                                              const std::stop_token& stop) = 0;

  // Its charts (docs/reference/live.md). They are answered without asking the engine, and hold it
  // up for no longer than it takes to copy pointers.

  /// Charts of the version that runs, and columns to filter by: {"charts": [CHART...], "filters":
  /// [...]}.
  virtual std::string charts_json() const = 0;
  struct ChartNews {
    std::string json;  ///< the data of the event `chart`; "": nothing has come
    std::uint64_t seen = 0;
  };
  /// What has come to a chart since `seen` (of the news before; 0: all, with mode replace). Mode is
  /// append only where exactly the newer rows are given. kUser: there is no such chart.
  virtual Result<ChartNews> chart_news(const std::string& chart, std::uint64_t seen) const = 0;
  /// Its rows as CSV with a header. kUser: as chart_news.
  virtual Result<std::string> chart_csv(const std::string& chart) const = 0;
  /// {"alerts": [ALERT...], "incidents": [INCIDENT...]} as in docs/reference/live.md; both empty
  /// where the file has no alerts. Does not hold the engine up.
  virtual std::string alerts_json() const = 0;
  /// Another number whenever alerts_json() may give something else; 0: the file has no alerts.
  virtual std::int64_t alerts_version() const = 0;
  virtual AlertCounts alert_counts() const = 0;
  /// Nobody is informed of the alert, or of one key of it (null: of all), until then, microseconds
  /// since 1970; a moment in the past ends that. Kept by the checkpoint. kUser: there is no such
  /// alert.
  virtual Status silence(const std::string& alert, const std::optional<std::string>& key,
                         std::int64_t until_us) = 0;
  /// [{name, kind, of, columns}...] as in docs/reference/live.md: what may be asked; empty before
  /// the first batch of a run can begin, and where HostOptions::question_program is "".
  virtual std::string relations_json() const = 0;
  /// The answer to a question as JSON (docs/reference/live.md). What it reads is copied by the run,
  /// which that may take 3 % of its time; the SQL runs in a process of its own. Blocks for half a
  /// minute at most, mostly for milliseconds. Errors: kUser (the SQL, "LINE:COLUMN: ..." where it
  /// has a place; what it needs is too large), kConflict (nothing runs), kTransient (E_BUSY,
  /// E_NO_BATCH: ask again), kCancelled.
  virtual Result<std::string> ask(const Question& question, const std::stop_token& stop) = 0;
  /// The dead letters of the version that describe() describes; another version's has others.
  /// Shared: who asks may look while a new version takes over.
  virtual Result<std::shared_ptr<DeadLetters>> dead_letters() = 0;
};

struct HostOptions {
  TriggerChoice trigger = TriggerChoice::kAsInFile;  ///< of all pipelines
  HostListener* listener = nullptr;                  ///< not owned, outlives the host; null: none
  /// Log lines of a pipeline's threads begin with its name: "[orders] ...".
  bool names_in_log = true;
  /// What the pipelines share for SQL: 0: 80 % of the memory of the machine or the control group,
  /// and its cores.
  std::int64_t memory_bytes = 0;
  int threads = 0;
  /// The program that answers questions (include/sluice/question.h); "": none are answered, and
  /// pipelines do nothing for them.
  std::string question_program{};
};

/// Several pipelines in one process, each with a thread of its own, all isolated from each other:
/// an error, a full disk, an exception of a library ends the pipeline that met it, and no other. (A
/// bug that SLUICE_CHECK finds, or a signal, ends the process; every pipeline then goes on where
/// its checkpoint is.) Any thread may call.
///
/// Memory and threads for SQL that a file gives (`engine: {memory_limit, threads}`) are its own;
/// what is left is divided evenly among the pipelines that give none, as of each one's start. A
/// host with one pipeline divides nothing.
///
///   auto pipeline = sluice::Pipeline::load("pipeline.yaml", {});
///   if (!pipeline) return fail(pipeline.error());
///   sluice::Host host({});
///   auto added = host.add(*std::move(pipeline));
///   if (!added) return fail(added.error());
///   (*added)->start();
///   host.wait();
///   const sluice::PipelineSnapshot end = (*added)->snapshot();
class Host {
 public:
  explicit Host(HostOptions options);
  /// Stops all pipelines and waits for the ends of the batches in hand.
  ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  /// Takes them in; starts nothing. Of several that have a name or a checkpoint in common all are
  /// refused (kUser, naming both files): which one is meant is not guessed. One that has it in
  /// common with a pipeline of the host is refused alone. The results are in the order of
  /// `pipelines`; what they point to lives as long as the host.
  std::vector<Result<HostedPipeline*>> add(std::vector<Pipeline> pipelines);
  Result<HostedPipeline*> add(Pipeline pipeline);

  /// In the order in which they were added.
  std::vector<HostedPipeline*> pipelines() const;
  /// Null: there is none of this name.
  HostedPipeline* find(std::string_view name) const;

  /// Stops those that are active; does not wait.
  void stop();
  /// Blocks until no pipeline is active.
  void wait();

 private:
  struct Content;
  std::unique_ptr<Content> content_;
};

}  // namespace sluice
