#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "connector/claim.h"
#include "connector/sink.h"
#include "connector/source.h"
#include "data/offset.h"
#include "io/copy_source.h"
#include "io/file_system.h"
#include "io/lock_file.h"
#include "io/named_file.h"
#include "sluice/base/result.h"
#include "sql/duckdb/database.h"
#include "state/position.h"
#include "state/state_meter.h"

namespace sluice::state {

/// What one batch adds, in the transaction that also changes the state tables.
struct BatchRecord {
  data::BatchId batch = 0;
  Micros started = 0;
  std::string plan_hash;
  std::map<std::string, data::Offset> offsets;  ///< ends, by source
  std::vector<OutboxEntry> outbox;
  EventTimes event_times;
  std::map<std::string, std::string> log_entries{};  ///< by source: connector::Source::log_entry()
  /// Besides those of the outbox: where another engine has left them.
  std::map<std::string, SinkPosition> sinks{};
};

/// The state of the database's file; equal ones have the same bytes. Commits change its log only.
struct DatabaseVersion {
  std::uint64_t bytes = 0;
  Micros modified = 0;
  std::string headers;  ///< they count how often the log was folded in
  bool operator==(const DatabaseVersion&) const = default;
};

/// The checkpoint of a pipeline: a folder with a lock and one DuckDB file, state.db, the only place
/// where anything is decided. Its schema `sluice` holds batches, offsets and the outbox
/// (docs/format/checkpoint.md), its schema `state` one table per view with state. Engine thread
/// only.
class Checkpoint {
 public:
  /// Makes the folder, takes the lock, opens or creates the database. kConflict when another
  /// process runs on it, kUser when it belongs to another pipeline (`pipeline` "": to any),
  /// kCorruption when it is of a newer format.
  static Result<std::unique_ptr<Checkpoint>> open(const std::string& folder,
                                                  const std::string& pipeline,
                                                  io::FileSystem& files,
                                                  sql::DatabaseOptions options);

  /// The session in which the batch's SQL runs.
  sql::Session& session() { return *session_; }

  /// What the last commit has left.
  Result<Position> position();

  /// Notes where `source` starts; outside a batch.
  Status set_offset(const std::string& source, const data::Offset& offset);
  /// All that the source has logged, in order.
  Result<std::string> source_log(const std::string& source);
  /// The same place written in a new way, with what the log gets for it; outside a batch.
  Status set_resumed(const std::string& source, const connector::Resumed& resumed);
  /// What is known of `from` is known of `to` from now on; outside a batch.
  Status rename_source(const std::string& from, const std::string& to);
  /// A source of this name starts from the beginning; outside a batch.
  Status forget_source(const std::string& source);
  /// Notes which SQL the state of `view` belongs to; outside a batch.
  Status set_fingerprint(const std::string& view, const std::string& fingerprint);
  /// Notes the sinks that the pipeline has; outside a batch.
  Status set_known_sinks(const std::set<std::string>& names);
  /// The time zone in which the state was made; nothing when none is noted.
  Result<std::optional<std::string>> time_zone();
  /// Notes it; outside a batch.
  Status set_time_zone(const std::string& name);
  /// Notes which claim this run has of a sink's target; outside a batch.
  Status set_claim(const std::string& sink, const connector::KnownClaim& claim);
  /// This run, as sinks get to know it.
  Result<connector::Writer> writer(std::string run) const;
  /// One transaction, outside a batch, of what a rebuild changes: `change` replaces the tables of
  /// views, `times` are kept from now on, and Position::whole_results.
  Status rebuild(EventTimes times, const std::map<std::string, bool>& whole_results,
                 const std::function<Status()>& change);
  /// Within a batch: these sinks have their whole result.
  Status forget_whole_results(const std::map<std::string, bool>& done);
  /// Keeps the pipeline file of this start.
  Status set_pipeline_text(const std::string& text,
                           const std::map<std::string, std::string>& sql_variables);
  Result<LastStart> last_start();

  Status begin();
  /// Inside the transaction: the batch, its offsets and its outbox, which replaces the one before
  /// (whose batch is published by now).
  Status record(const BatchRecord& record);
  /// The only decision. An error is kUnknownOutcome: end the process and start again.
  Status commit();
  /// Everything in the outbox is published: at an orderly end, so that a sink may leave the
  /// pipeline.
  Status note_published();
  /// Takes everything since begin() back.
  void rollback();

  /// Folds the database's log into its file once the log is large: in idle time, since it can take
  /// a quarter of a second. An error invalidates the database: end the process and start again.
  Status tidy();

  /// Between batches: the database's file as it is, and copies of it and of its log, which
  /// together are what the last commit left.
  Result<DatabaseVersion> database_version();
  Status copy_database(const std::string& path);
  /// False: there is no log.
  Result<bool> copy_log(const std::string& path);

  /// Of a table of the schema `state`; `now` is a steady clock's.
  Result<StateSize> state_size(const std::string& table, std::chrono::nanoseconds now) {
    return meter_->measure(table, now);
  }
  /// Size of the database file and its log.
  std::int64_t file_bytes();

 private:
  Checkpoint(io::LockFile lock, std::string path, io::FileSystem& files)
      : lock_(std::move(lock)), path_(std::move(path)), files_(files) {}

  Status make_tables(const std::string& pipeline);
  Status check_owner(const std::string& pipeline);
  /// Makes durable that the database's files are there, and closes them to other users where the
  /// folder is. Nothing to do as long as the log is the one for which that was done.
  Status secure_files();
  /// Runs `change`, which may write more, and makes `to` what holds: one transaction, outside a
  /// batch.
  Status move(Moved to, const std::function<Status()>& change);
  Status move(Moved to) {
    return move(std::move(to), [] { return Status(); });
  }
  Result<std::map<std::string, bool>> whole_results();
  Status set_whole_results(const std::map<std::string, bool>& results);
  Status add_to_log(const std::string& source, std::string_view entry);

  io::LockFile lock_;
  std::string path_;
  io::FileSystem& files_;
  bool is_private_ = false;                    // the folder is closed to other users
  std::optional<io::NamedFile> log_;           // whose name is durable; null: none is known to be
  std::optional<io::CopySource> copy_source_;  // outlives the database, which has the file locked
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<sql::Session> session_;
  std::optional<StateMeter> meter_;
  Moved moved_;                    // what holds: the newest row of sluice.positions
  std::optional<Moved> recorded_;  // by the batch that is open
  std::int64_t row_ = -1;          // the number of the newest row, also if it was rolled back
};

}  // namespace sluice::state
