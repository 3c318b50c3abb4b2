#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "connector/registry.h"
#include "connector/sink.h"
#include "connectors/delta/delta_sink_options.h"
#include "connectors/delta/row_replacement.h"
#include "connectors/delta/small_files.h"
#include "connectors/delta/staged_files.h"
#include "lake/column_fit.h"
#include "lake/log_cleanup.h"
#include "lake/table.h"

namespace sluice::connectors {

/// Writes a view into a Delta table: append mode adds files, complete mode replaces all files in
/// one commit (with replace_where the rows for which it is true), upsert mode replaces the files
/// that hold a row of the batch's keys. Data files lie in the table's folder from stage() on, under
/// names that no log entry holds, so no reader sees them; publish() is one log entry with the
/// files, the txn action (appId `<pipeline>/<sink>`, version = batch) and the plan hash. A batch
/// without rows commits too, so that the head always says how far the table is.
///
/// Other writers may append to the same table at the same time; a lost race is rebased.
/// Crash points: delta.create, .created, .alter, .altered, .claim, .claimed, .stage, .written,
/// .staged, .rewrite, .rewritten, .commit, .committed, .deletes, .checkpointed, .log_cleaned.
class DeltaSink final : public connector::Sink {
 public:
  DeltaSink(DeltaSinkOptions options, const connector::Context& context);

  Status check(const data::Schema& schema, connector::OutputMode mode) const override;
  Status open(const data::Schema& schema, connector::OutputMode mode) override;
  void introduce(const connector::Writer& writer,
                 const std::optional<connector::KnownClaim>& known) override;
  /// One log entry with the txn `<pipeline>/<sink>/epoch`; a table that open() has made has it in
  /// its first entry.
  Result<std::optional<connector::Claim>> claim() override;
  Status check_claim() override;
  Result<connector::Staged> stage(data::BatchId batch, connector::BatchTable& rows) override;
  /// kConflict E_FENCED: the table holds this batch of another run.
  Status publish(const connector::Staged& staged) override;
  Result<std::optional<connector::Head>> head() override;
  Status discard_all_but(std::span<const connector::Staged> keep) override;
  /// Puts own small files together (compaction.h).
  Status tidy(bool busy) override;
  std::vector<std::string> left_out() const override { return fit_.left_out; }

 private:
  Status create_table(const data::Schema& schema);
  connector::ClaimRecord claim_record(std::int64_t epoch) const;
  /// Holds the epoch: what is staged from now on says so.
  connector::Claim hold(std::int64_t epoch, bool is_new, bool took_over);
  /// The newest epoch claimed in the snapshot; 0: none.
  Result<std::int64_t> newest_epoch();
  /// kConflict E_FENCED when the snapshot has a newer claim.
  Status check_epoch();
  /// Gives the table the columns, and the wider types, that it lacks, as far as the options say so.
  Status change_columns();
  /// The log entry for wider types; "": none is needed.
  Result<std::string> wider_types();
  /// One try to put a change of the columns into the log.
  Status change(const std::string& wider, std::vector<lake::NewColumn> columns);
  /// Those that the table must get before rows can go there.
  Result<std::vector<lake::NewColumn>> new_columns() const;
  lake::FitRules fit_rules() const;
  /// After a commit: the files that it has added and removed.
  void note_committed(const lake::Commit& commit);
  Status find_small_files();
  /// kUser unless the table can take the rows in the mode; finds how.
  Status fit_table();
  Status refresh();
  Result<std::optional<connector::Head>> head_in_snapshot();
  /// The plan hash of a batch that the table holds; empty: its log entry is gone, or far below.
  Result<std::string> hash_of(data::BatchId batch);
  /// The snapshot holds the batch with the same hash. kConflict E_FENCED: with another one.
  Result<bool> is_published(const connector::Staged& staged);
  lake::Commit to_commit(const connector::Staged& staged, const StagedAction& action) const;
  /// Puts into the commit what the staged rows take the place of in the snapshot.
  Status replace(const connector::Staged& staged, const StagedAction& action, lake::Commit& commit);
  /// Files are rewritten while a batch is published.
  bool rewrites() const;
  /// kCorruption unless all files of the action, which another process has staged, are there with
  /// their sizes.
  Status check_staged_files(const StagedAction& action) const;
  Result<connector::Staged> describe(data::BatchId batch,
                                     const std::vector<connector::WrittenFile>& files) const;
  /// Removes files that this sink staged for batches `from` and later, but those in `kept` (paths
  /// as in the log) and those that the table holds.
  Status discard(data::BatchId from, std::set<std::string> kept);
  /// A file of this sink that was staged from this checkpoint's folder, or before names said so.
  bool may_discard(const std::string& file_name) const;
  /// Aborts uploads of this sink that a kill left half done.
  Status discard_uploads();
  /// Of a batch that is in the table.
  void remove_deletes(const StagedAction& action) const;
  void write_checkpoint_if_due();
  void clean_log();
  void wait_before_try(int attempt) const;

  const DeltaSinkOptions options_;
  const connector::Context context_;
  const std::string app_id_;
  const std::string epoch_id_;  // of the txn that claims count in
  StagedNames names_;
  std::optional<connector::Writer> writer_;     // null: not introduced
  std::optional<connector::KnownClaim> known_;  // what the checkpoint claimed
  std::optional<std::int64_t> created_epoch_;   // of a table that this run has made
  std::int64_t epoch_ = 0;                      // held; 0: none
  bool took_over_ = false;                      // others may have written since the checkpoint did
  // Set by open().
  std::optional<lake::Table> table_;
  data::Schema schema_;
  connector::OutputMode mode_ = connector::OutputMode::kAppend;
  lake::ColumnFit fit_;                        // of schema_ and checked_schema_
  std::string checked_schema_;                 // the table's schema that schema_ was compared with
  std::optional<data::BatchId> staged_;        // the newest batch that stage() has worked on
  std::optional<RowReplacement> replacement_;  // of a batch that is not in the table for certain
  std::optional<SmallFiles> small_;            // null: the table has to be asked
  lake::LogCleaner cleaner_;
};

}  // namespace sluice::connectors
