#include <algorithm>
#include <optional>
#include <string>

#include "base/crash_point.h"
#include "connectors/delta/delta_sink.h"

namespace sluice::connectors {
namespace {

/// Each lost race is another writer's commit.
constexpr int kClaimTriesMax = 20;

}  // namespace

void DeltaSink::introduce(const connector::Writer& writer,
                          const std::optional<connector::KnownClaim>& known) {
  writer_ = writer;
  known_ = known;
}

connector::ClaimRecord DeltaSink::claim_record(std::int64_t epoch) const {
  return {epoch, *writer_, context_.clock.now()};
}

Result<std::int64_t> DeltaSink::newest_epoch() {
  SLUICE_ASSIGN(const std::optional<std::int64_t> epoch, table_->app_version(epoch_id_));
  return epoch.value_or(0);
}

connector::Claim DeltaSink::hold(std::int64_t epoch, bool is_new, bool took_over) {
  epoch_ = epoch;
  took_over_ = took_over;
  names_.set_stamp(connector::stage_stamp(epoch, writer_->mark));
  return {epoch, is_new, took_over};
}

Result<std::optional<connector::Claim>> DeltaSink::claim() {
  if (!writer_) return std::optional<connector::Claim>();
  std::optional<std::int64_t> before;  // the newest epoch when the first try was made
  for (int attempt = 0; attempt < kClaimTriesMax; ++attempt) {
    wait_before_try(attempt);
    SLUICE_TRY(refresh());
    SLUICE_ASSIGN(const std::int64_t newest, newest_epoch());
    if (!before) before = newest;
    const bool is_ours = known_ && known_->epoch == *before;
    if (newest > 0 && newest == created_epoch_) return std::optional(hold(newest, true, false));
    if (attempt > 0 && newest > 0) {
      // An answer that was lost on the way.
      SLUICE_ASSIGN(const auto metadata, table_->user_metadata(epoch_id_, newest));
      const auto there = connector::parse_claim(metadata.value_or(""));
      if (there && there->writer.run == writer_->run) {
        return std::optional(hold(newest, true, *before > 0 && !is_ours));
      }
    }
    if (known_ && known_->epoch == newest && known_->mark == writer_->mark) {
      return std::optional(hold(newest, false, false));
    }
    const std::int64_t epoch = std::max(newest, known_ ? known_->epoch : 0) + 1;
    lake::Commit commit;
    commit.operation = "CLAIM";
    commit.data_change = false;
    commit.app_id = epoch_id_;
    commit.app_version = epoch;
    commit.user_metadata = connector::claim_json(claim_record(epoch));
    commit.parameters = {{"queryId", app_id_}, {"epoch", std::to_string(epoch)}};
    crash_point("delta.claim");
    const auto outcome = table_->commit(commit);
    crash_point("delta.claimed");
    if (outcome && outcome->committed) {
      return std::optional(hold(epoch, true, newest > 0 && (newest != *before || !is_ours)));
    }
    if (!outcome && outcome.error().kind() != Kind::kUnknownOutcome) return outcome.error().clone();
  }
  return transient_error("claim the Delta table: path=" + options_.path +
                         ": other writers were faster each time");
}

Status DeltaSink::check_epoch() {
  // Before it claims, a run knows the claim of the run before it.
  const std::int64_t ours = epoch_ > 0 ? epoch_ : known_ ? known_->epoch : 0;
  if (ours == 0) return {};
  SLUICE_ASSIGN(const std::int64_t newest, newest_epoch());
  if (newest <= ours) return {};
  SLUICE_ASSIGN(const auto metadata, table_->user_metadata(epoch_id_, newest));
  const auto theirs = connector::parse_claim(metadata.value_or(""));
  if (epoch_ == 0 && theirs && theirs->writer.mark == writer_->mark) return {};
  return connector::fenced_by("sink=" + app_id_ + " path=" + options_.path, ours, newest, theirs);
}

Status DeltaSink::check_claim() {
  if (!writer_) return {};
  SLUICE_TRY(refresh());
  return check_epoch();
}

}  // namespace sluice::connectors
