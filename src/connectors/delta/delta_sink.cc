#include "connectors/delta/delta_sink.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/crash_point.h"
#include "base/log.h"
#include "connector/file_staging.h"
#include "connectors/delta/table_files.h"
#include "io/put_if_absent.h"
#include "lake/commit_entry.h"
#include "lake/delta_schema.h"
#include "lake/log_actions.h"
#include "lake/new_columns.h"
#include "lake/readable.h"
#include "lake/type_widening.h"
#include "lake/write_support.h"
#include "sluice_version.h"

namespace sluice::connectors {
namespace {

constexpr int kAlterTriesMax = 20;
constexpr std::string_view kEngine = "sluice/" SLUICE_VERSION;

/// What a mode that takes rows away may not do to the table.
Status check_rewrites(const lake::TableState& state, connector::OutputMode mode, bool rewrites) {
  if (mode == connector::OutputMode::kAppend) return {};
  const std::string name(output_mode_name(mode));
  if (table_property(state, "delta.appendOnly") == "true") {
    return user_error("the Delta table is append-only (delta.appendOnly=true), and " + name +
                      " mode replaces its files; use mode: append or another path");
  }
  if (!rewrites) return {};
  const std::string what = mode == connector::OutputMode::kUpsert ? "upsert mode" : "replace_where";
  for (const char* property : {"delta.enableChangeDataFeed", "delta.enableRowTracking"}) {
    if (table_property(state, property) != "true") continue;
    return user_error(std::string("the Delta table has ") + property + "=true, which " + what +
                      " cannot keep true: it would need a record of each "
                      "changed row; use another path, or turn the property off");
  }
  for (const data::Field& field : state.schema.columns.fields()) {
    if (field.type.id() != data::TypeId::kOther) continue;
    return user_error("column " + data::quote_identifier(field.name) +
                      " of the Delta table has a type that sluice cannot rewrite, which " + what +
                      " must; use mode: append or another path");
  }
  return {};
}

}  // namespace

DeltaSink::DeltaSink(DeltaSinkOptions options, const connector::Context& context)
    : options_(std::move(options)),
      context_(context),
      app_id_(context.pipeline + "/" + context.name),
      epoch_id_(app_id_ + "/epoch"),
      names_(context.pipeline, context.name) {}

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
  schema_ = schema;
  mode_ = mode;
  SLUICE_TRY(context_.files.make_folders(options_.path));
  const std::string log = io::join_path(options_.path, "_delta_log");
  SLUICE_TRY(io::check_put_if_absent(context_.files, log, context_.random));
  SLUICE_ASSIGN(const io::StoreAddress address, context_.files.address(options_.path));
  SLUICE_ASSIGN(table_, lake::Table::open(address, kEngine));
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
  auto fits = change_columns();
  if (fits) fits = fit_table();
  if (!fits) return std::move(fits).error().with("path=" + options_.path);
  return {};
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
  definition.engine = kEngine;
  definition.created = context_.clock.now();
  const std::int64_t epoch = known_ ? known_->epoch + 1 : 1;
  if (writer_) {
    definition.app_id = epoch_id_;
    definition.app_version = epoch;
    definition.user_metadata = connector::claim_json(claim_record(epoch));
  }
  SLUICE_ASSIGN(const std::string entry, lake::initial_entry(definition));
  SLUICE_TRY(context_.files.make_folders(io::join_path(options_.path, "_delta_log")));
  crash_point("delta.create");
  // False: another writer has just created it; its schema is compared like any other's. Whether a
  // write whose answer was lost has happened shows when the table is read.
  auto created = table_->create(entry);
  if (!created && created.error().kind() != Kind::kUnknownOutcome) {
    return std::move(created).error();
  }
  if (created && *created && writer_) created_epoch_ = epoch;
  crash_point("delta.created");
  return {};
}

lake::FitRules DeltaSink::fit_rules() const {
  lake::FitRules rules;
  rules.on_new_field = options_.on_new_field;
  rules.widen = options_.widen;
  rules.exact = options_.partition_by;
  if (mode_ == connector::OutputMode::kUpsert) {
    const auto& key = context_.upsert.columns;
    rules.exact.insert(rules.exact.end(), key.begin(), key.end());
  }
  return rules;
}

Result<std::vector<lake::NewColumn>> DeltaSink::new_columns() const {
  const lake::TableState& state = table_->state();
  if (options_.on_new_field == lake::OnNewField::kAdd) return lake::missing_columns(schema_, state);
  if (!lake::needs_rescue(schema_, state, fit_rules())) return std::vector<lake::NewColumn>();
  const data::Schema rescued({{lake::kRescuedColumn, data::TypeId::kVarchar}});
  return lake::missing_columns(rescued, state);
}

Result<std::string> DeltaSink::wider_types() {
  if (!options_.widen) return std::string();
  const lake::TableState& state = table_->state();
  lake::Widening widening{.engine = std::string(kEngine),
                          .now = context_.clock.now(),
                          .txn_id = context_.random.uuid()};
  SLUICE_ASSIGN(const auto newest, table_->log_entry(state.version));
  if (newest) {
    SLUICE_ASSIGN(const lake::CommitEntry entry, lake::parse_commit_entry(*newest));
    widening.last_commit_ms = entry.timestamp_ms;
  }
  return lake::widening_entry(schema_, state, widening);
}

Status DeltaSink::change(const std::string& wider, std::vector<lake::NewColumn> columns) {
  // Whether a write whose answer was lost has happened shows when the table is read.
  const auto unless_unknown = [](const auto& done) {
    return done || done.error().kind() == Kind::kUnknownOutcome ? Status() : done.error().clone();
  };
  if (!wider.empty()) return unless_unknown(table_->put_next(wider));
  lake::Commit commit;
  commit.operation = "ADD COLUMNS";
  commit.data_change = false;
  commit.new_columns = std::move(columns);
  return unless_unknown(table_->commit(commit));
}

Status DeltaSink::change_columns() {
  for (int attempt = 0; attempt < kAlterTriesMax; ++attempt) {
    SLUICE_TRY(lake::check_writable(table_->state()));
    SLUICE_ASSIGN(const std::string wider, wider_types());
    SLUICE_ASSIGN(std::vector<lake::NewColumn> columns, new_columns());
    if (wider.empty() && columns.empty()) return {};
    crash_point("delta.alter");
    SLUICE_TRY(change(wider, std::move(columns)));
    crash_point("delta.altered");
    // Another writer may have been faster, or have done the same: the table is asked again.
    SLUICE_ASSIGN(const bool there, table_->refresh());
    if (!there) return corruption_error("the Delta table is gone: path=" + options_.path);
  }
  return transient_error("other writers were faster each time");
}

Status DeltaSink::fit_table() {
  const lake::TableState& state = table_->state();
  SLUICE_ASSIGN(lake::ColumnFit fit,
                lake::fit_columns(schema_, options_.partition_by, state, fit_rules()));
  SLUICE_TRY(lake::check_writable(state));
  SLUICE_TRY(check_rewrites(state, mode_, rewrites()));
  if (!options_.replace_where.empty()) {
    auto condition =
        context_.rewriter->check_condition(state.schema.columns, options_.replace_where);
    if (!condition) {
      return std::move(condition).error().with("replace_where (" + options_.replace_where + ")");
    }
  }
  if (fit.left_out != fit_.left_out && !fit.left_out.empty()) {
    std::string names;
    for (const std::string& name : fit.left_out) names += (names.empty() ? "" : ", ") + name;
    log_warn("sink " + context_.name + " leaves out what the Delta table has no column for (" +
             "on_new_field: ignore): " + names);
  }
  fit_ = std::move(fit);
  checked_schema_ = state.schema_json;
  return {};
}

Result<connector::Staged> DeltaSink::stage(data::BatchId batch, connector::BatchTable& rows) {
  // What an earlier attempt of this process left of the same batch; discard_all_but() finds the
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
  if (!fit_.same) {
    request.columns = {fit_.columns, fit_.stored, fit_.rescues ? lake::kRescuedColumn : ""};
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

}  // namespace sluice::connectors
