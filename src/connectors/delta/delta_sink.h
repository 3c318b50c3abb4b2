#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "connector/registry.h"
#include "connector/sink.h"
#include "connectors/delta/delta_claim.h"
#include "connectors/delta/delta_sink_options.h"
#include "connectors/delta/log_upkeep.h"
#include "connectors/delta/own_small_files.h"
#include "connectors/delta/row_replacement.h"
#include "connectors/delta/staged_files.h"
#include "connectors/delta/staged_leftovers.h"
#include "connectors/delta/table_fit.h"
#include "lake/table.h"

namespace sluice::connectors {

/// Writes a view into a Delta table: append mode adds files, complete mode replaces all files in
/// one commit (with replace_where the rows for which it is true), upsert mode replaces the files
/// that hold a row of the batch's keys. Data files lie in the table's folder from stage() on, under
/// names that no log entry holds, so no reader sees them; publish() is one log entry with the
/// files, the txn action (appId `<pipeline>/<sink>`, version = batch) and the plan hash, also where
/// the batch has no rows (the engine publishes such ones in complete mode only).
///
/// Other writers may append to the same table at the same time; a lost race is rebased.
/// Crash points: delta.create, .created, .alter, .altered, .claim, .claimed, .stage, .written,
/// .staged, .rewrite, .rewritten, .commit, .committed, .deletes, .checkpointed, .log_cleaned.
class DeltaSink final : public connector::Sink {
 public:
  DeltaSink(DeltaSinkOptions options, const connector::Context& context);

  Status check(const data::Schema& schema, connector::OutputMode mode) const override;
  Status probe(const data::Schema& schema, connector::OutputMode mode,
               connector::Probe& probe) override;
  Status open(const data::Schema& schema, connector::OutputMode mode) override;
  void introduce(const connector::Writer& writer,
                 const std::optional<connector::KnownClaim>& known) override;
  /// One log entry with the txn `<pipeline>/<sink>/epoch`; a table that open() has made has it in
  /// its first entry.
  Result<std::optional<connector::Claim>> claim() override;
  Status check_claim(const connector::Staged* next) override;
  Result<connector::Staged> stage(data::BatchId batch, connector::BatchTable& rows) override;
  /// kConflict E_FENCED: the table holds this batch of another run.
  Status publish(const connector::Staged& staged) override;
  Result<std::optional<connector::Head>> head() override;
  Status discard_staged() override;
  /// Puts own small files together (compaction.h).
  Status tidy(bool busy) override;
  std::vector<std::string> left_out() const override;

 private:
  Status probe_table(const data::Schema& schema, connector::OutputMode mode);
  Status create_table(const data::Schema& schema);
  /// Brings the snapshot up to date, and how the rows fit. kUser when they do not any more.
  Status refresh();
  Result<std::optional<connector::Head>> head_in_snapshot();
  /// The plan hash of a batch that the table holds; empty: its log entry is gone, or far below.
  Result<std::string> hash_of(data::BatchId batch);
  /// The snapshot holds the batch with the same hash. kConflict E_FENCED: with another one.
  Result<bool> is_published(const connector::Staged& staged);
  /// Puts into the commit what the staged rows take the place of in the snapshot.
  Status replace(const connector::Staged& staged, const StagedAction& action, lake::Commit& commit);
  Result<connector::Staged> describe(data::BatchId batch,
                                     const std::vector<connector::WrittenFile>& files) const;
  /// Removes files that this sink staged for batches `from` and later, but those in `kept` (paths
  /// as in the log) and those that the table holds.
  Status discard(data::BatchId from, std::set<std::string> kept);
  /// Of a batch that is in the table.
  void remove_deletes(const StagedAction& action) const;

  const DeltaSinkOptions options_;
  const connector::Context context_;
  const std::string app_id_;
  StagedNames names_;
  DeltaClaim claim_;
  const StagedLeftovers leftovers_;
  OwnSmallFiles small_files_;
  LogUpkeep upkeep_;
  // Set by open().
  std::optional<lake::Table> table_;
  std::optional<TableFit> fit_;
  connector::OutputMode mode_ = connector::OutputMode::kAppend;
  std::optional<data::BatchId> staged_;        // the newest batch that stage() has worked on
  std::optional<RowReplacement> replacement_;  // of a batch that is not in the table for certain
};

}  // namespace sluice::connectors
