#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "connector/claim.h"
#include "connector/registry.h"
#include "lake/log_actions.h"
#include "lake/table.h"

namespace sluice::connectors {

/// The claims of one sink on its Delta table (docs/decisions/0013-writer-epochs.md): the table's
/// log counts epochs in the txn `<pipeline>/<sink>/epoch`, and the newest one may write. A sink
/// that was not introduced claims nothing and may always write. Each call looks at the table's
/// snapshot.
class DeltaClaim {
 public:
  /// `path` is the table's, `app_id` the sink's own in the log.
  DeltaClaim(std::string path, std::string app_id, const connector::Context& context);

  /// As Sink::introduce.
  void introduce(const connector::Writer& writer,
                 const std::optional<connector::KnownClaim>& known);
  bool is_introduced() const { return writer_.has_value(); }

  /// Puts the claim into the first entry of a table that this run makes.
  void claim_new_table(lake::TableDefinition& definition) const;
  /// The table with that entry is this run's.
  void note_created(const lake::TableDefinition& definition);

  /// As Sink::claim, of a sink that was introduced. `refresh` brings the snapshot up to date.
  /// Crash points: delta.claim, .claimed.
  Result<connector::Claim> claim(lake::Table& table, const std::function<Status()>& refresh);
  /// kConflict E_FENCED when the snapshot has a newer claim.
  Status check(lake::Table& table) const;

  bool is_held() const { return epoch_ > 0; }
  /// Others may have written since the checkpoint did.
  bool took_over() const { return took_over_; }
  /// What the names of staged files say of the claim that is held.
  std::string stamp() const;
  /// A file that was staged under this mark may be this checkpoint's.
  bool may_be_ours(const std::string& mark) const { return !writer_ || mark == writer_->mark; }

 private:
  connector::Claim hold(std::int64_t epoch, bool is_new, bool took_over);
  /// The newest epoch claimed in the snapshot; 0: none.
  Result<std::int64_t> newest_epoch(lake::Table& table) const;
  std::string record_of(std::int64_t epoch) const;

  const std::string path_;
  const std::string app_id_;
  const std::string epoch_id_;  // of the txn that claims count in
  const connector::Context& context_;
  std::optional<connector::Writer> writer_;     // null: not introduced
  std::optional<connector::KnownClaim> known_;  // what the checkpoint claimed
  std::optional<std::int64_t> created_epoch_;   // of a table that this run has made
  std::int64_t epoch_ = 0;                      // held; 0: none
  bool took_over_ = false;
};

}  // namespace sluice::connectors
