#include <algorithm>
#include <charconv>

#include "base/crash_point.h"
#include "connectors/files/file_sink.h"
#include "io/file_system.h"

namespace sluice::connectors {
namespace {

/// Each lost race is another run that starts at the same moment.
constexpr int kClaimTriesMax = 20;
constexpr std::size_t kClaimsKept = 10;
constexpr std::string_view kPart = "part-";

/// The batch of a data file's name, also while it is written; -1: it is none.
data::BatchId batch_of(std::string_view name) {
  if (name.starts_with('.')) name.remove_prefix(1);
  if (!name.starts_with(kPart)) return -1;
  name.remove_prefix(kPart.size());
  data::BatchId batch = -1;
  const auto* end = name.data() + name.size();
  const auto [stopped, problem] = std::from_chars(name.data(), end, batch);
  return problem == std::errc() && stopped != end && *stopped == '-' ? batch : -1;
}

}  // namespace

void FileSink::introduce(const connector::Writer& writer,
                         const std::optional<connector::KnownClaim>& known) {
  run_ = writer;
  known_ = known;
}

std::string FileSink::claim_path(std::int64_t epoch) const {
  return io::join_path(batches_, claim_name(epoch));
}

Result<std::optional<connector::ClaimRecord>> FileSink::read_claim(std::int64_t epoch) const {
  SLUICE_ASSIGN(const auto there, files_.find(claim_path(epoch)));
  if (!there) return std::optional<connector::ClaimRecord>();
  SLUICE_ASSIGN(const std::string text, files_.read(claim_path(epoch)));
  return connector::parse_claim(text);
}

Result<std::optional<connector::Claim>> FileSink::hold(const Log& log, std::int64_t epoch,
                                                       bool is_new, bool took_over) {
  epoch_ = epoch;
  head_ = log.newest_batch();
  if (is_new) SLUICE_TRY(remove_old_claims(log));
  // Also of a copy's original, which was there under the same epoch.
  if (is_new && !log.epochs.empty()) SLUICE_TRY(find_orphans(log));
  return std::optional(connector::Claim{epoch, is_new, took_over});
}

Result<std::optional<connector::Claim>> FileSink::claim() {
  if (!run_) return std::optional<connector::Claim>();
  std::int64_t before = -1;  // the newest epoch when the first try was made
  for (int attempt = 0; attempt < kClaimTriesMax; ++attempt) {
    SLUICE_ASSIGN(const Log log, look());
    const std::int64_t newest = log.newest_epoch();
    if (before < 0) before = newest;
    const bool took_over = newest > 0 && (newest != before || !known_ || known_->epoch != before);
    if (attempt > 0 && newest > 0) {
      // An answer that was lost on the way.
      SLUICE_ASSIGN(const auto there, read_claim(newest));
      if (there && there->writer.run == run_->run) return hold(log, newest, true, took_over);
    }
    if (known_ && known_->epoch == newest && known_->mark == run_->mark) {
      return hold(log, newest, false, false);
    }
    const std::int64_t epoch = std::max(newest, known_ ? known_->epoch : 0) + 1;
    const connector::ClaimRecord record{epoch, *run_, context_.clock.now()};
    crash_point("files.claim");
    const auto put =
        files_.write_if_absent(claim_path(epoch), connector::claim_json(record) + "\n");
    crash_point("files.claimed");
    if (put && *put) return hold(log, epoch, true, took_over);
    if (!put && put.error().kind() != Kind::kUnknownOutcome) return put.error().clone();
  }
  return transient_error("claim path=" + options_.path + ": other runs were faster each time");
}

/// `log`: as it was before the newest claim.
Status FileSink::remove_old_claims(const Log& log) {
  for (std::size_t i = 0; i + kClaimsKept <= log.epochs.size(); ++i) {
    SLUICE_TRY(files_.remove(claim_path(log.epochs[i])));
  }
  return {};
}

Status FileSink::check_epoch(const Log& log) const {
  // Before it claims, a run knows the claim of the run before it.
  const std::int64_t ours = epoch_ > 0 ? epoch_ : known_ ? known_->epoch : 0;
  if (ours == 0 || log.newest_epoch() <= ours) return {};
  SLUICE_ASSIGN(const auto theirs, read_claim(log.newest_epoch()));
  if (epoch_ == 0 && theirs && theirs->writer.mark == run_->mark) return {};
  return connector::fenced_by("sink=" + writer_ + " path=" + options_.path, ours,
                              log.newest_epoch(), theirs);
}

Status FileSink::check_claim(const connector::Staged* /*next*/) {
  if (!run_) return {};
  SLUICE_ASSIGN(const Log log, look());
  SLUICE_TRY(check_epoch(log));
  if (epoch_ == 0) return {};
  if (log.newest_batch() <= head_) return {};
  // Our own, whose answer was lost?
  SLUICE_ASSIGN(const auto newest, newest_of(log));
  if (newest->plan_hash == tried_) {
    head_ = newest->batch;
    return {};
  }
  return Error(
      Kind::kConflict,
      "E_FENCED: batch=" + std::to_string(log.newest_batch()) + " path=" + options_.path +
          " was written by another run of " + writer_ +
          ", which this one has fenced since; start this one again when the other is gone");
}

/// A name has a UUID, so what is in place under it is ours.
Status FileSink::move_back(const std::string& staging, const std::vector<ManifestFile>& files) {
  for (const ManifestFile& file : files) {
    const std::string from = io::join_path(options_.path, file.path);
    const std::string to = staged_path(staging, file.path);
    SLUICE_ASSIGN(const auto moved, files_.find(from));
    if (!moved) continue;
    SLUICE_TRY(files_.make_folders(io::parent_folder(to)));
    SLUICE_TRY(files_.rename(from, to));
    crash_point("files.moved_back");
  }
  return {};
}

Status FileSink::withdraw(const connector::Staged& staged) {
  SLUICE_ASSIGN(const Manifest manifest, parse_manifest(staged.action, "outbox"));
  SLUICE_ASSIGN(const Log log, look());
  const std::string path = manifest_path(manifest.batch);
  bool is_lost = false;
  if (std::ranges::find(log.manifests, path) != log.manifests.end()) {
    SLUICE_ASSIGN(const Manifest there, read_manifest(path));
    is_lost = there.plan_hash != staged.plan_hash;
  } else if (!log.manifests.empty()) {
    // Later ones are there, and an earlier one still is: this one never was.
    is_lost = log.newest_batch() > manifest.batch && log.manifests.front() < path;
  }
  return is_lost ? move_back(staging_of(manifest), manifest.files) : Status();
}

Status FileSink::find_orphans(const Log& log) {
  orphans_.clear();
  SLUICE_ASSIGN(const auto listed, files_.list(options_.path, /*recursive=*/true));
  for (const io::FileInfo& file : listed) {
    std::string relative = file.path.substr(options_.path.size() + 1);
    if (relative.starts_with('_') || !is_own_part(io::file_name(relative))) continue;
    if (batch_of(io::file_name(relative)) > log.newest_batch()) {
      orphans_.push_back(std::move(relative));
    }
  }
  return {};
}

Status FileSink::remove_orphans(const Manifest& published) {
  for (const std::string& path : orphans_) {
    if (batch_of(io::file_name(path)) > published.batch) continue;
    if (std::ranges::find(published.files, path, &ManifestFile::path) != published.files.end()) {
      continue;
    }
    SLUICE_TRY(files_.remove(io::join_path(options_.path, path)));
    crash_point("files.orphan_removed");
  }
  std::erase_if(orphans_, [&](const std::string& path) {
    return batch_of(io::file_name(path)) <= published.batch;
  });
  return {};
}

bool FileSink::may_discard(const std::string& relative, data::BatchId newest) const {
  const auto mark = connector::mark_of_stamp(relative.substr(0, relative.find('/')));
  if (!mark || !run_ || *mark == run_->mark) return true;
  // What is in another checkpoint's outbox can be published until a later batch is there.
  return batch_of(io::file_name(relative)) <= newest;
}

}  // namespace sluice::connectors
