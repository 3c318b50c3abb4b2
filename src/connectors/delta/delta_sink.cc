#include "connectors/delta/delta_sink.h"

#include <utility>

#include "base/crash_point.h"
#include "base/log.h"
#include "connector/file_staging.h"
#include "connectors/delta/batch_commit.h"
#include "connectors/delta/commit_tries.h"
#include "connectors/delta/table_files.h"
#include "io/put_if_absent.h"
#include "lake/delta_schema.h"
#include "lake/log_actions.h"
#include "lake/readable.h"
#include "lake/uri.h"
#include "lake/write_support.h"

namespace sluice::connectors {
namespace {

/// Of the tries, those that may end with an error instead of a lost race.
constexpr int kFailuresMax = 3;

bool may_pass(Kind kind) { return kind == Kind::kTransient || kind == Kind::kUnknownOutcome; }

}  // namespace

DeltaSink::DeltaSink(DeltaSinkOptions options, const connector::Context& context)
    : options_(std::move(options)),
      context_(context),
      app_id_(context.pipeline + "/" + context.name),
      names_(context_.pipeline, context_.name),
      claim_(options_.path, app_id_, context_),
      leftovers_(options_.path, context_, names_, claim_),
      small_files_(options_, context_, names_, app_id_),
      upkeep_(options_.path, context_) {}

Status DeltaSink::check(const data::Schema& schema, connector::OutputMode mode) const {
  if (mode == connector::OutputMode::kUpdate) {
    return user_error(
        "delta cannot do update mode without knowing which row a row replaces; use mode: upsert "
        "with "
        "key: [COLUMN, ...], or mode: complete (the whole table, every batch)");
  }
  if (!options_.replace_where.empty() && mode != connector::OutputMode::kComplete) {
    return user_error(
        "replace_where says which rows of the table are replaced, which mode: complete does; write "
        "mode: complete, or leave replace_where out");
  }
  SLUICE_TRY(lake::to_delta_json(schema));
  return lake::check_partition_columns(schema, options_.partition_by);
}

Status DeltaSink::open(const data::Schema& schema, connector::OutputMode mode) {
  SLUICE_TRY(check(schema, mode));
  mode_ = mode;
  fit_.emplace(options_, context_, schema, mode);
  SLUICE_TRY(context_.files.make_folders(options_.path));
  const std::string log = io::join_path(options_.path, "_delta_log");
  SLUICE_TRY(io::check_put_if_absent(context_.files, log, context_.random));
  SLUICE_ASSIGN(const io::StoreAddress address, context_.files.address(options_.path));
  SLUICE_ASSIGN(table_, lake::Table::open(address, kDeltaEngine));
  SLUICE_ASSIGN(bool there, table_->refresh());
  if (!there) {
    SLUICE_TRY(create_table(schema));
    SLUICE_ASSIGN(there, table_->refresh());
    if (!there) {
      return transient_error("the new Delta table is missing: path=" + options_.path +
                             "; start again");
    }
  }
  // What a run that was killed has written there must not be lost after it was relied on.
  SLUICE_TRY(context_.files.sync(log));
  auto fits = fit_->change_columns(*table_);
  if (fits) fits = fit_->find(table_->state());
  if (!fits) return std::move(fits).error().with("path=" + options_.path);
  return {};
}

Status DeltaSink::probe(const data::Schema& schema, connector::OutputMode mode,
                        connector::Probe& probe) {
  static_cast<void>(probe.step("write " + options_.path,
                               [this] { return context_.files.try_writing(options_.path); }));
  return probe.step("read the table's log", [&] { return probe_table(schema, mode); });
}

Status DeltaSink::probe_table(const data::Schema& schema, connector::OutputMode mode) {
  const std::string log = io::join_path(options_.path, "_delta_log");
  SLUICE_ASSIGN(const auto entries, context_.files.list(log, false));
  if (entries.empty()) return {};  // open() makes the table
  SLUICE_ASSIGN(const io::StoreAddress address, context_.files.address(options_.path));
  SLUICE_ASSIGN(lake::Table table, lake::Table::open(address, kDeltaEngine));
  SLUICE_ASSIGN(const bool there, table.refresh());
  if (!there) return {};
  SLUICE_TRY(lake::check_writable(table.state()));
  // What open() would add to the table is not there yet.
  if (options_.widen || options_.on_new_field != lake::OnNewField::kFail) return {};
  TableFit fit(options_, context_, schema, mode);
  auto fits = fit.find(table.state());
  return fits ? Status() : std::move(fits).error().with("path=" + options_.path);
}

Status DeltaSink::create_table(const data::Schema& schema) {
  SLUICE_ASSIGN(const auto others, context_.files.list(options_.path, true));
  for (const io::FileInfo& file : others) {
    // An attempt to create the table that was killed may have left parts of an entry.
    if (file.path.find("/_delta_log/") != std::string::npos) continue;
    return user_error("path=" + options_.path +
                      " is not a Delta table, and there is a file in it (" + file.path +
                      "); give the sink a folder of its own");
  }
  lake::TableDefinition definition;
  definition.schema = schema;
  definition.partition_by = options_.partition_by;
  definition.configuration = options_.properties;
  definition.id = context_.random.uuid();
  definition.engine = kDeltaEngine;
  definition.created = context_.clock.now();
  claim_.claim_new_table(definition);
  SLUICE_ASSIGN(const std::string entry, lake::initial_entry(definition));
  SLUICE_TRY(context_.files.make_folders(io::join_path(options_.path, "_delta_log")));
  crash_point("delta.create");
  // False: another writer has just created it; its schema is compared like any other's. Whether a
  // write whose answer was lost has happened shows when the table is read.
  auto created = table_->create(entry);
  if (!created && created.error().kind() != Kind::kUnknownOutcome) {
    return std::move(created).error();
  }
  if (created && *created) claim_.note_created(definition);
  crash_point("delta.created");
  return {};
}

Status DeltaSink::refresh() {
  SLUICE_ASSIGN(const bool there, table_->refresh());
  if (!there) return corruption_error("the Delta table is gone: path=" + options_.path);
  if (fit_->is_of(table_->state())) return {};
  if (auto fits = fit_->find(table_->state()); !fits) {
    return std::move(fits).error().with("the table's schema has changed");
  }
  return {};
}

void DeltaSink::introduce(const connector::Writer& writer,
                          const std::optional<connector::KnownClaim>& known) {
  claim_.introduce(writer, known);
}

Result<std::optional<connector::Claim>> DeltaSink::claim() {
  if (!claim_.is_introduced()) return std::optional<connector::Claim>();
  SLUICE_ASSIGN(const connector::Claim claim, claim_.claim(*table_, [this] { return refresh(); }));
  names_.set_stamp(claim_.stamp());
  return std::optional(claim);
}

Status DeltaSink::check_claim(const connector::Staged* /*next*/) {
  if (!claim_.is_introduced()) return {};
  SLUICE_TRY(refresh());
  return claim_.check(*table_);
}

std::vector<std::string> DeltaSink::left_out() const {
  return fit_ ? fit_->columns().left_out : std::vector<std::string>();
}

Result<connector::Staged> DeltaSink::stage(data::BatchId batch, connector::BatchTable& rows) {
  // What an earlier attempt of this process left of the same batch; discard_staged() finds the
  // rest.
  if (staged_ == batch) SLUICE_TRY(discard(batch, {}));
  staged_ = batch;
  crash_point("delta.stage");
  connector::FileRequest request;
  request.format = connector::FileFormat::kParquet;
  request.name_prefix = names_.prefix(batch, context_.random.uuid().substr(0, 8));
  request.partition_by = options_.partition_by;
  request.rows_per_file = options_.rows_per_file;
  request.compression = options_.compression;
  request.row_group_rows = options_.row_group_rows;
  request.statistics = true;
  if (mode_ == connector::OutputMode::kUpsert) request.upsert = context_.upsert;
  const lake::ColumnFit& fit = fit_->columns();
  if (!fit.same) {
    request.columns = {fit.columns, fit.stored, fit.rescues ? lake::kRescuedColumn : ""};
  }
  request.every_row = options_.replace_where;
  connector::FileStaging staging(context_, options_.path);
  SLUICE_ASSIGN(const std::vector<connector::WrittenFile> files, staging.write(rows, request));
  crash_point("delta.written");
  SLUICE_TRY(staging.make_durable(files));
  crash_point("delta.staged");
  return describe(batch, files);
}

Result<connector::Staged> DeltaSink::describe(
    data::BatchId batch, const std::vector<connector::WrittenFile>& files) const {
  connector::Staged staged;
  staged.batch = batch;
  StagedAction action;
  action.mode = mode_;
  action.where = options_.replace_where;
  const Micros now = context_.clock.now();
  for (const connector::WrittenFile& written : files) {
    SLUICE_ASSIGN(std::string add, add_line(written, now, table_->state()));
    staged.rows += written.rows;
    staged.bytes += written.bytes;
    if (written.deletes) {
      action.deletes.push_back(std::move(add));
      action.deleting_rows += written.rows;
      continue;
    }
    for (const std::string& required : table_->state().schema.required) {
      const std::string column = lake::logged_names(table_->state(), {required})[0];
      const auto known = written.statistics.find(column);
      const auto partition = written.partition_values.find(column);
      const bool has_null = known != written.statistics.end()
                                ? known->second.null_count > 0
                                : partition != written.partition_values.end() && !partition->second;
      if (has_null) {
        return user_error("column " + data::quote_identifier(required) +
                          " has NULL in this batch and is NOT NULL in the Delta table; filter such "
                          "rows out of the view");
      }
    }
    action.adds.push_back(std::move(add));
  }
  staged.action = write_staged_action(action);
  return staged;
}

Result<std::string> DeltaSink::hash_of(data::BatchId batch) {
  SLUICE_ASSIGN(const std::optional<std::string> metadata, table_->user_metadata(app_id_, batch));
  if (!metadata) return std::string();
  if (auto hash = plan_hash_in(*metadata)) return *std::move(hash);
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
  if (hash.empty() && *head == staged.batch && !claim_.took_over()) return true;
  return Error(Kind::kConflict,
               "E_FENCED: another run of this pipeline has written to the Delta table: path=" +
                   options_.path + " sink=" + app_id_ + " batch=" + std::to_string(staged.batch) +
                   " table_batch=" + std::to_string(*head) +
                   "; stop the other one, or give this one its own path or name");
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

Status DeltaSink::publish(const connector::Staged& staged) {
  SLUICE_ASSIGN(const StagedAction action, read_staged_action(staged.action));
  lake::Commit commit = batch_commit(staged, action, app_id_, context_);
  Error last = internal_error("no try was made");
  int failures = 0;
  for (int attempt = 0; attempt < kCommitTriesMax; ++attempt) {
    wait_before_try(context_, attempt);
    SLUICE_TRY(refresh());
    SLUICE_ASSIGN(const bool published, is_published(staged));
    if (published) {
      replacement_.reset();
      small_files_.forget();
      remove_deletes(action);
      upkeep_.run(*table_);
      return {};
    }
    if (claim_.is_held()) SLUICE_TRY(claim_.check(*table_));
    if (failures > 0 && !may_pass(last.kind())) return last;
    if (failures == kFailuresMax) break;
    // What this process has staged it has also made durable.
    if (attempt == 0 && staged_ != staged.batch) {
      SLUICE_TRY(check_staged_files(action, options_.path, context_.files));
    }
    if (action.mode == connector::OutputMode::kUpsert || !action.where.empty()) {
      SLUICE_TRY(replace(staged, action, commit));
    }
    crash_point("delta.commit");
    auto outcome = table_->commit(commit);
    crash_point("delta.committed");
    if (outcome && outcome->committed) {
      if (attempt > failures) {
        log_debug("sink " + context_.name +
                  ": other writers were faster; batch=" + std::to_string(staged.batch) +
                  " lost_races=" + std::to_string(attempt - failures));
      }
      replacement_.reset();
      remove_deletes(action);
      small_files_.note_committed(commit);
      upkeep_.run(*table_);
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

/// What a kill leaves is found by discard_staged().
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

Status DeltaSink::discard(data::BatchId from, std::set<std::string> kept) {
  return leftovers_.remove(from, std::move(kept), [this]() -> Result<std::vector<lake::DataFile>> {
    SLUICE_TRY(refresh());
    return table_->files();
  });
}

Status DeltaSink::discard_staged() {
  SLUICE_TRY(leftovers_.abort_uploads());
  SLUICE_TRY(refresh());
  SLUICE_ASSIGN(const std::optional<std::int64_t> head, table_->app_version(app_id_));
  if (head && rewrites(options_, mode_)) {
    // A try to publish it that was killed may have left rewritten files of the head's own batch.
    SLUICE_ASSIGN(const auto entry, table_->entry_of(app_id_, *head));
    if (entry) {
      SLUICE_ASSIGN(const std::vector<std::string> published, lake::added_paths(*entry));
      return discard(*head, {published.begin(), published.end()});
    }
  }
  return discard(head ? *head + 1 : 0, {});
}

Status DeltaSink::tidy(bool busy) {
  if (!options_.compact || context_.rewriter == nullptr || !table_) return {};
  if (mode_ == connector::OutputMode::kComplete) return {};
  SLUICE_ASSIGN(const bool changed,
                small_files_.put_together(*table_, [this] { return refresh(); }, busy));
  if (changed) upkeep_.run(*table_);
  return {};
}

}  // namespace sluice::connectors
