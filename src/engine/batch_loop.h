#pragma once

#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/backup.h"
#include "engine/batch_in_hand.h"
#include "engine/batch_sql.h"
#include "engine/claims.h"
#include "engine/engine.h"
#include "engine/read_ahead.h"
#include "engine/recovery.h"
#include "engine/replays.h"
#include "engine/retries.h"
#include "engine/savepoints.h"
#include "engine/schedule.h"
#include "engine/waiting_rows.h"
#include "engine/watch.h"
#include "engine/whole_results.h"
#include "sluice/base/result.h"
#include "state/checkpoint.h"

namespace sluice::engine {

/// What batches are made with.
struct BatchParts {
  Pipeline& pipeline;
  BatchSql& sql;
  state::Checkpoint& checkpoint;
  Backup& backup;
  Claims& claims;
  Watch& watch;
  const Surroundings& surroundings;
};

/// The batches of a running pipeline: plan, read, run, stage, record, commit, publish, again and
/// again (ARCHITECTURE.md, "The road of a batch"). Made after recovery. Engine thread only.
class BatchLoop {
 public:
  /// All of `parts` outlive it. `position` is the checkpoint's, as recovery left it. `summary`
  /// takes every batch that was published, whatever comes after it.
  BatchLoop(const BatchParts& parts, state::Position position, RunSummary& summary);

  /// Until the trigger is done, `stop` is requested (the current batch is finished) or an error.
  Status run(std::stop_token stop);

 private:
  Status ask_starts();
  Status open_waiting();
  /// Puts the letters that the batch replays among its records, before messages are taken apart.
  void join_replayed(BatchInHand& batch);
  Status run_trigger(std::stop_token stop);
  void wait_for_data(std::stop_token stop);

  enum class Attempt : unsigned char {
    kNothing,  ///< there was nothing to read
    kAgain,    ///< to be taken back and done again: readers of a source rejected different records,
               ///< or a watcher's query failed
    kReady,    ///< staged and recorded; of a whole attempt: committed
  };

  /// One batch with retries; false when there was nothing to read.
  Result<bool> run_batch(std::stop_token stop);
  Result<Attempt> attempt(BatchInHand& batch, std::stop_token stop);
  /// Takes the batch back; returns its error as users are to see it.
  Error take_back(Error error);
  /// Frees what the batch read, and what sinks have staged of it.
  void discard();
  /// Every sink's target is this run's to write; before anything is staged there.
  Status claim_targets();
  Status check_claims(const BatchInHand& batch) const;
  Result<bool> plan(BatchInHand& batch);
  /// How far the batch goes in the source, and what is read of that already.
  Result<SourceRange> next_range(SourcePart& source, const data::Offset& from);
  /// Reads the tables that are due; whether sinks that are fed by tables alone have new rows.
  Result<bool> refresh_tables(const BatchInHand& batch, bool for_batch, std::stop_token stop);
  /// What the sink takes comes from tables that are read in full.
  bool fed_by_tables(const SinkPart& sink) const {
    return sql_.graph().sources_of(sink.from).empty();
  }
  Status read(BatchInHand& batch, std::stop_token stop);
  /// Lets the decoders fetch what the batch's records need, and take messages apart
  /// (Decoder::prepare, present).
  Status prepare(BatchInHand& batch);
  Result<Attempt> run_and_stage(BatchInHand& batch);
  /// Lets the rows of a sink with `roll:` wait, and stages those that have waited long enough.
  Status let_wait(BatchInHand& batch, const Outlet& outlet);
  /// What the sink staged.
  Result<connector::Staged> stage(BatchInHand& batch, const Outlet& outlet,
                                  connector::BatchTable& rows);
  Status stage_dead_letters(BatchInHand& batch);
  /// Meanwhile what comes next is read, where that takes long.
  Status publish_and_read_ahead(BatchInHand& batch, const Retries& retries, std::stop_token stop);
  Status publish(BatchInHand& batch, const Retries& retries);
  void tidy(bool busy);

  /// Whether a batch without rows has something to do.
  Result<bool> watermark_waits();
  void finish(BatchInHand& batch);

  std::int64_t micros_since(std::chrono::nanoseconds start) const;
  /// Adds the time since the last call to `phase`.
  void lap(BatchInHand& batch, const std::string& phase);

  Pipeline& pipeline_;
  BatchSql& sql_;
  state::Checkpoint& checkpoint_;
  Backup& backup_;
  Claims& claims_;
  Watch& watch_;
  const Surroundings& surroundings_;
  Savepoints savepoints_;
  Schedule schedule_;
  std::vector<Outlet> outlets_;
  data::BatchId next_batch_;
  std::map<std::string, data::Offset> offsets_;
  std::map<std::string, state::SinkPosition> sink_positions_;
  WholeResults whole_results_;  // that the next batch gives to sinks
  ReadAhead ahead_;
  WaitingRows waiting_rows_;
  WaitingBySink waiting_;
  Replays replays_;
  bool unpublished_ = false;     ///< a batch may be committed and not in all of its sinks
  bool tables_changed_ = false;  ///< since the last batch
  EventClock clock_;
  std::optional<bool> rows_wait_;  ///< BatchSql::rows_wait since the last batch; null: not asked
  RunSummary& summary_;
  std::chrono::nanoseconds lap_start_{0};
};

}  // namespace sluice::engine
