#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/crash_point.h"
#include "base/log.h"
#include "connector/in_parallel.h"
#include "connectors/delta/delta_sink.h"
#include "lake/log_actions.h"
#include "lake/uri.h"

namespace sluice::connectors {
namespace {

using Json = nlohmann::json;

/// Each lost race is another writer's success, so losing this often means a very busy table; the
/// engine's own back-off comes on top.
constexpr int kCommitTriesMax = 20;
/// Of the tries, those that may end with an error instead of a lost race.
constexpr int kFailuresMax = 3;
/// Requests to a store at a time.
constexpr std::size_t kLooksMax = 8;
constexpr std::chrono::milliseconds kFirstWait{5};
constexpr std::chrono::milliseconds kWaitMax{500};

bool may_pass(Kind kind) { return kind == Kind::kTransient || kind == Kind::kUnknownOutcome; }

std::string user_metadata(const connector::Staged& staged, const connector::Context& context) {
  Json out = {{"pipeline", context.pipeline},  {"sink", context.name}, {"batch", staged.batch},
              {"plan_hash", staged.plan_hash}, {"rows", staged.rows},  {"bytes", staged.bytes}};
  Json notes = Json::parse(staged.notes, nullptr, false);
  out["notes"] = notes.is_discarded() ? Json(staged.notes) : std::move(notes);
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

Status DeltaSink::refresh() {
  SLUICE_ASSIGN(const bool there, table_->refresh());
  if (!there) return corruption_error("the Delta table is gone: path=" + options_.path);
  const lake::TableState& state = table_->state();
  if (state.schema_json == checked_schema_) return {};
  if (auto fits = fit_table(); !fits) {
    return std::move(fits).error().with("the table's schema has changed");
  }
  return {};
}

Result<std::string> DeltaSink::hash_of(data::BatchId batch) {
  SLUICE_ASSIGN(const std::optional<std::string> metadata, table_->user_metadata(app_id_, batch));
  if (!metadata) return std::string();
  const Json root = Json::parse(*metadata, nullptr, false);
  if (root.is_object() && root.contains("plan_hash") && root["plan_hash"].is_string()) {
    return root["plan_hash"].get<std::string>();
  }
  return corruption_error("the log entry of batch=" + std::to_string(batch) + " of " + app_id_ +
                          " has no plan_hash, so another program has written it under the name of "
                          "this sink; give the sink another name or path");
}

Result<std::optional<connector::Head>> DeltaSink::head_in_snapshot() {
  SLUICE_ASSIGN(const std::optional<std::int64_t> batch, table_->app_version(app_id_));
  if (!batch) return std::optional<connector::Head>();
  SLUICE_ASSIGN(std::string hash, hash_of(*batch));
  return std::optional(connector::Head{*batch, std::move(hash)});
}

Result<std::optional<connector::Head>> DeltaSink::head() {
  SLUICE_TRY(refresh());
  return head_in_snapshot();
}

Result<bool> DeltaSink::is_published(const connector::Staged& staged) {
  SLUICE_ASSIGN(const std::optional<std::int64_t> head, table_->app_version(app_id_));
  // Which earlier batch the table has to hold is the engine's to know: it has asked head().
  if (!head || *head < staged.batch) return false;
  SLUICE_ASSIGN(const std::string hash, hash_of(staged.batch));
  if (hash == staged.plan_hash) return true;
  // The entry is cleaned up, long after it was written. The txn stays, and is ours when nobody else
  // has claimed the table since.
  if (hash.empty() && *head == staged.batch && !took_over_) return true;
  return Error(Kind::kConflict,
               "E_FENCED: another run of this pipeline has written to the Delta table: path=" +
                   options_.path + " sink=" + app_id_ + " batch=" + std::to_string(staged.batch) +
                   " table_batch=" + std::to_string(*head) +
                   "; stop the other one, or give this one its own path or name");
}

lake::Commit DeltaSink::to_commit(const connector::Staged& staged,
                                  const StagedAction& action) const {
  const bool complete = action.mode == connector::OutputMode::kComplete;
  const bool upsert = action.mode == connector::OutputMode::kUpsert;
  lake::Commit commit;
  if (upsert) commit.operation = "MERGE";
  if (!action.where.empty()) commit.operation = "WRITE";
  commit.adds = action.adds;
  commit.is_blind = action.mode == connector::OutputMode::kAppend && !action.adds.empty();
  commit.replace_all = complete && action.where.empty();
  commit.app_id = app_id_;
  commit.app_version = staged.batch;
  commit.user_metadata = user_metadata(staged, context_);
  // As Spark's own streaming writer fills them in.
  commit.parameters = {{"outputMode", complete ? "Complete"
                                      : upsert ? "Update"
                                               : "Append"},
                       {"queryId", app_id_},
                       {"epochId", std::to_string(staged.batch)}};
  if (!action.where.empty()) {
    commit.parameters.emplace_back("mode", "Overwrite");
    commit.parameters.emplace_back("predicate", action.where);
  }
  commit.metrics = {{"numAddedFiles", std::to_string(action.adds.size())},
                    {"numOutputRows", std::to_string(staged.rows - action.deleting_rows)},
                    {"numOutputBytes", std::to_string(staged.bytes)}};
  return commit;
}

bool DeltaSink::rewrites() const {
  return mode_ == connector::OutputMode::kUpsert || !options_.replace_where.empty();
}

Status DeltaSink::replace(const connector::Staged& staged, const StagedAction& action,
                          lake::Commit& commit) {
  if (!replacement_ || replacement_->batch() != staged.batch) {
    const std::string attempt = StagedNames::kRewritten + context_.random.uuid().substr(0, 8);
    replacement_.emplace(options_, context_, staged.batch, names_.prefix(staged.batch, attempt));
  }
  SLUICE_TRY(replacement_->prepare(*table_, action));
  commit.adds = action.adds;
  commit.adds.insert(commit.adds.end(), replacement_->adds().begin(), replacement_->adds().end());
  commit.removes = replacement_->removes();
  return {};
}

Status DeltaSink::check_staged_files(const StagedAction& action) const {
  std::vector<std::string> lines = action.adds;
  lines.insert(lines.end(), action.deletes.begin(), action.deletes.end());
  return connector::in_parallel(lines.size(), kLooksMax, [&](std::size_t i) -> Status {
    SLUICE_ASSIGN(const lake::AddedFile file, lake::read_add_action(lines[i]));
    const std::string path = io::join_path(options_.path, lake::decode_path(file.path));
    SLUICE_ASSIGN(const auto info, context_.files.find(path));
    if (info && static_cast<std::int64_t>(info->bytes) == file.bytes) return {};
    return corruption_error("a staged file is gone or has another size: path=" + path + " bytes=" +
                            std::to_string(file.bytes) + "; the batch cannot be published");
  });
}

void DeltaSink::wait_before_try(int attempt) const {
  if (attempt == 0) return;
  const auto wait = std::min(kWaitMax, kFirstWait * (1 << std::min(attempt, 8)));
  const auto jitter = std::chrono::milliseconds(context_.random.next() % 10);
  context_.clock.sleep_for(wait + jitter, {});
}

Status DeltaSink::publish(const connector::Staged& staged) {
  SLUICE_ASSIGN(const StagedAction action, read_staged_action(staged.action));
  lake::Commit commit = to_commit(staged, action);
  Error last = internal_error("no try was made");
  int failures = 0;
  for (int attempt = 0; attempt < kCommitTriesMax; ++attempt) {
    wait_before_try(attempt);
    SLUICE_TRY(refresh());
    SLUICE_ASSIGN(const bool published, is_published(staged));
    if (published) {
      replacement_.reset();
      small_.reset();
      remove_deletes(action);
      write_checkpoint_if_due();
      return {};
    }
    if (epoch_ > 0) SLUICE_TRY(check_epoch());
    if (failures > 0 && !may_pass(last.kind())) return last;
    if (failures == kFailuresMax) break;
    // What this process has staged it has also made durable.
    if (attempt == 0 && staged_ != staged.batch) SLUICE_TRY(check_staged_files(action));
    if (action.mode == connector::OutputMode::kUpsert || !action.where.empty()) {
      SLUICE_TRY(replace(staged, action, commit));
    }
    crash_point("delta.commit");
    auto outcome = table_->commit(commit);
    crash_point("delta.committed");
    if (outcome && outcome->committed) {
      replacement_.reset();
      remove_deletes(action);
      note_committed(commit);
      write_checkpoint_if_due();
      return {};
    }
    // A failed commit may have happened all the same: the next round looks before anything else.
    if (!outcome) ++failures;
    last = outcome ? transient_error("another writer was faster at version=" +
                                     std::to_string(outcome->version))
                   : std::move(outcome).error();
  }
  return transient_error("commit to the Delta table: path=" + options_.path + ": " +
                         last.message());
}

/// What a kill leaves is found by discard_all_but().
void DeltaSink::remove_deletes(const StagedAction& action) const {
  if (!action.deletes.empty()) crash_point("delta.deletes");
  for (const std::string& line : action.deletes) {
    const auto file = lake::read_add_action(line);
    if (!file) continue;
    const std::string path = io::join_path(options_.path, lake::decode_path(file->path));
    if (auto removed = context_.files.remove(path); !removed) {
      log_warn("sink " + context_.name + ": " + removed.error().message());
    }
  }
}

void DeltaSink::write_checkpoint_if_due() {
  // The batch is in the table already; without a checkpoint the log is only slower to read.
  const auto written = table_->checkpoint_if_due();
  if (!written) {
    log_warn("sink " + context_.name +
             ": delta checkpoint not written: " + written.error().message());
  } else if (*written) {
    crash_point("delta.checkpointed");
    clean_log();
  }
}

void DeltaSink::clean_log() {
  const auto removed =
      cleaner_.run(table_->state(), options_.path, context_.files, context_.clock.now());
  if (!removed) {
    log_warn("sink " + context_.name + ": expired log entries stay: " + removed.error().message());
  } else if (*removed > 0) {
    log_info("sink " + context_.name + ": " + std::to_string(*removed) +
             " files of the table's log were older than delta.logRetentionDuration");
  }
}

/// Those of another checkpoint's folder may be in the outbox there: a vacuum finds them. What a
/// publish wrote again does not, and a fenced run cannot commit it.
bool DeltaSink::may_discard(const std::string& file_name) const {
  const auto mark = names_.mark_of(file_name);
  return !mark || !writer_ || *mark == writer_->mark || names_.is_rewritten(file_name);
}

Status DeltaSink::discard_uploads() {
  SLUICE_ASSIGN(const auto uploads, context_.files.pending_uploads(options_.path));
  for (const io::PendingUpload& upload : uploads) {
    const std::string name = io::file_name(upload.path);
    if (!names_.batch_of(name) || !may_discard(name)) continue;
    SLUICE_TRY(context_.files.abort_upload(upload));
  }
  return {};
}

Status DeltaSink::discard_all_but(std::span<const connector::Staged> keep) {
  SLUICE_TRY(discard_uploads());
  SLUICE_TRY(refresh());
  SLUICE_ASSIGN(const std::optional<std::int64_t> head, table_->app_version(app_id_));
  std::set<std::string> kept;
  for (const connector::Staged& staged : keep) {
    SLUICE_ASSIGN(const StagedAction action, read_staged_action(staged.action));
    for (const auto* lines : {&action.adds, &action.deletes}) {
      for (const std::string& line : *lines) {
        SLUICE_ASSIGN(const lake::AddedFile file, lake::read_add_action(line));
        kept.insert(file.path);
      }
    }
  }
  if (head && rewrites()) {
    // A try to publish it that was killed may have left rewritten files of the head's own batch.
    SLUICE_ASSIGN(const auto entry, table_->entry_of(app_id_, *head));
    if (entry) {
      SLUICE_ASSIGN(const std::vector<std::string> published, lake::added_paths(*entry));
      kept.insert(published.begin(), published.end());
      return discard(*head, std::move(kept));
    }
  }
  return discard(head ? *head + 1 : 0, std::move(kept));
}

Status DeltaSink::discard(data::BatchId from, std::set<std::string> kept) {
  SLUICE_ASSIGN(const auto files, context_.files.list(options_.path, true));
  bool asked_table = false;
  for (const io::FileInfo& file : files) {
    const std::optional<data::BatchId> batch = names_.batch_of(io::file_name(file.path));
    // Of what was put together, older versions of the table may still need what this one has not.
    if (!batch || *batch < from || names_.is_compacted(io::file_name(file.path))) continue;
    if (!may_discard(io::file_name(file.path))) continue;
    if (!asked_table) {
      // A txn may expire in the log (delta.setTransactionRetentionDuration); its files do not.
      SLUICE_TRY(refresh());
      SLUICE_ASSIGN(const std::vector<lake::DataFile> live, table_->files());
      for (const lake::DataFile& data_file : live) kept.insert(data_file.path);
      asked_table = true;
    }
    const std::string relative = file.path.substr(options_.path.size() + 1);
    if (kept.contains(lake::encode_path(relative))) continue;
    SLUICE_TRY(context_.files.remove(file.path));
  }
  return {};
}

}  // namespace sluice::connectors
