#include "connectors/delta/delta_claim.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/crash_point.h"
#include "connectors/delta/commit_tries.h"

namespace sluice::connectors {

DeltaClaim::DeltaClaim(std::string path, std::string app_id, const connector::Context& context)
    : path_(std::move(path)),
      app_id_(std::move(app_id)),
      epoch_id_(app_id_ + "/epoch"),
      context_(context) {}

void DeltaClaim::introduce(const connector::Writer& writer,
                           const std::optional<connector::KnownClaim>& known) {
  writer_ = writer;
  known_ = known;
}

std::string DeltaClaim::record_of(std::int64_t epoch) const {
  return connector::claim_json({epoch, *writer_, context_.clock.now()});
}

void DeltaClaim::claim_new_table(lake::TableDefinition& definition) const {
  if (!writer_) return;
  definition.app_id = epoch_id_;
  definition.app_version = known_ ? known_->epoch + 1 : 1;
  definition.user_metadata = record_of(definition.app_version);
}

void DeltaClaim::note_created(const lake::TableDefinition& definition) {
  if (writer_) created_epoch_ = definition.app_version;
}

Result<std::int64_t> DeltaClaim::newest_epoch(lake::Table& table) const {
  SLUICE_ASSIGN(const std::optional<std::int64_t> epoch, table.app_version(epoch_id_));
  return epoch.value_or(0);
}

connector::Claim DeltaClaim::hold(std::int64_t epoch, bool is_new, bool took_over) {
  epoch_ = epoch;
  took_over_ = took_over;
  return {epoch, is_new, took_over};
}

std::string DeltaClaim::stamp() const { return connector::stage_stamp(epoch_, writer_->mark); }

Result<connector::Claim> DeltaClaim::claim(lake::Table& table,
                                           const std::function<Status()>& refresh) {
  SLUICE_CHECK(writer_.has_value());
  std::optional<std::int64_t> before;  // the newest epoch when the first try was made
  for (int attempt = 0; attempt < kCommitTriesMax; ++attempt) {
    wait_before_try(context_, attempt);
    SLUICE_TRY(refresh());
    SLUICE_ASSIGN(const std::int64_t newest, newest_epoch(table));
    if (!before) before = newest;
    const bool is_ours = known_ && known_->epoch == *before;
    if (newest > 0 && newest == created_epoch_) return hold(newest, true, false);
    if (attempt > 0 && newest > 0) {
      // An answer that was lost on the way.
      SLUICE_ASSIGN(const auto metadata, table.user_metadata(epoch_id_, newest));
      const auto there = connector::parse_claim(metadata.value_or(""));
      if (there && there->writer.run == writer_->run) {
        return hold(newest, true, *before > 0 && !is_ours);
      }
    }
    if (known_ && known_->epoch == newest && known_->mark == writer_->mark) {
      return hold(newest, false, false);
    }
    const std::int64_t epoch = std::max(newest, known_ ? known_->epoch : 0) + 1;
    lake::Commit commit;
    commit.operation = "CLAIM";
    commit.data_change = false;
    commit.app_id = epoch_id_;
    commit.app_version = epoch;
    commit.user_metadata = record_of(epoch);
    commit.parameters = {{"queryId", app_id_}, {"epoch", std::to_string(epoch)}};
    crash_point("delta.claim");
    const auto outcome = table.commit(commit);
    crash_point("delta.claimed");
    if (outcome && outcome->committed) {
      return hold(epoch, true, newest > 0 && (newest != *before || !is_ours));
    }
    if (!outcome && outcome.error().kind() != Kind::kUnknownOutcome) return outcome.error().clone();
  }
  return transient_error("claim the Delta table: path=" + path_ +
                         ": other writers were faster each time");
}

Status DeltaClaim::check(lake::Table& table) const {
  // Before it claims, a run knows the claim of the run before it.
  const std::int64_t ours = epoch_ > 0 ? epoch_ : known_ ? known_->epoch : 0;
  if (ours == 0) return {};
  SLUICE_ASSIGN(const std::int64_t newest, newest_epoch(table));
  if (newest <= ours) return {};
  SLUICE_ASSIGN(const auto metadata, table.user_metadata(epoch_id_, newest));
  const auto theirs = connector::parse_claim(metadata.value_or(""));
  if (epoch_ == 0 && theirs && theirs->writer.mark == writer_->mark) return {};
  return connector::fenced_by("sink=" + app_id_ + " path=" + path_, ours, newest, theirs);
}

}  // namespace sluice::connectors
