#include "connectors/delta/table_fit.h"

#include <utility>

#include "base/crash_point.h"
#include "base/log.h"
#include "connectors/delta/table_files.h"
#include "lake/commit_entry.h"
#include "lake/new_columns.h"
#include "lake/type_widening.h"
#include "lake/write_support.h"

namespace sluice::connectors {
namespace {

constexpr int kAlterTriesMax = 20;

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

/// One try to put a change of the columns into the log.
Status change(lake::Table& table, const std::string& wider, std::vector<lake::NewColumn> columns) {
  // Whether a write whose answer was lost has happened shows when the table is read.
  const auto unless_unknown = [](const auto& done) {
    return done || done.error().kind() == Kind::kUnknownOutcome ? Status() : done.error().clone();
  };
  if (!wider.empty()) return unless_unknown(table.put_next(wider));
  lake::Commit commit;
  commit.operation = "ADD COLUMNS";
  commit.data_change = false;
  commit.new_columns = std::move(columns);
  return unless_unknown(table.commit(commit));
}

}  // namespace

bool rewrites(const DeltaSinkOptions& options, connector::OutputMode mode) {
  return mode == connector::OutputMode::kUpsert || !options.replace_where.empty();
}

lake::FitRules TableFit::fit_rules() const {
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

Result<std::vector<lake::NewColumn>> TableFit::new_columns(const lake::TableState& state) const {
  if (options_.on_new_field == lake::OnNewField::kAdd) return lake::missing_columns(schema_, state);
  if (!lake::needs_rescue(schema_, state, fit_rules())) return std::vector<lake::NewColumn>();
  const data::Schema rescued({{lake::kRescuedColumn, data::TypeId::kVarchar}});
  return lake::missing_columns(rescued, state);
}

Result<std::string> TableFit::wider_types(lake::Table& table) const {
  if (!options_.widen) return std::string();
  const lake::TableState& state = table.state();
  lake::Widening widening{.engine = std::string(kDeltaEngine),
                          .now = context_.clock.now(),
                          .txn_id = context_.random.uuid()};
  SLUICE_ASSIGN(const auto newest, table.log_entry(state.version));
  if (newest) {
    SLUICE_ASSIGN(const lake::CommitEntry entry, lake::parse_commit_entry(*newest));
    widening.last_commit_ms = entry.timestamp_ms;
  }
  return lake::widening_entry(schema_, state, widening);
}

Status TableFit::change_columns(lake::Table& table) const {
  for (int attempt = 0; attempt < kAlterTriesMax; ++attempt) {
    SLUICE_TRY(lake::check_writable(table.state()));
    SLUICE_ASSIGN(const std::string wider, wider_types(table));
    SLUICE_ASSIGN(std::vector<lake::NewColumn> columns, new_columns(table.state()));
    if (wider.empty() && columns.empty()) return {};
    crash_point("delta.alter");
    SLUICE_TRY(change(table, wider, std::move(columns)));
    crash_point("delta.altered");
    // Another writer may have been faster, or have done the same: the table is asked again.
    SLUICE_ASSIGN(const bool there, table.refresh());
    if (!there) return corruption_error("the Delta table is gone: path=" + options_.path);
  }
  return transient_error("other writers were faster each time");
}

Status TableFit::find(const lake::TableState& state) {
  SLUICE_ASSIGN(lake::ColumnFit fit,
                lake::fit_columns(schema_, options_.partition_by, state, fit_rules()));
  SLUICE_TRY(lake::check_writable(state));
  SLUICE_TRY(check_rewrites(state, mode_, rewrites(options_, mode_)));
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

}  // namespace sluice::connectors
