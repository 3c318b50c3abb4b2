#include "engine/batch_sql.h"

#include <set>

namespace sluice::engine {
namespace {

using data::quote_identifier;

std::string rows_table(const std::string& name) { return quote_identifier(name + "__rows"); }
std::string select_view(const std::string& name) { return quote_identifier(name + "__select"); }
std::string letters_name(const std::string& source) { return "__dead_letters_" + source; }

sql::ScanDefinition dead_letter_definition(const std::string& source) {
  sql::ScanDefinition definition{.name = letters_name(source), .columns = {}, .decoder = nullptr};
  const data::Schema& schema = dead_letter_schema();
  for (std::size_t i = 0; i < schema.size(); ++i) {
    definition.columns.push_back({.field = schema[i], .decoded = false, .index = i});
  }
  return definition;
}

/// The columns of a shared source that some view may read; `*` when all or none are known.
std::string columns_read(const sql::Plan& plan, const SourcePart& source, bool sink_reads_it) {
  const auto known = plan.source_columns.find(source.name);
  if (sink_reads_it || known == plan.source_columns.end() || known->second.empty()) return "*";
  std::string columns;
  for (const sql::ScanColumn& column : source.columns) {
    if (!known->second.contains(column.field.name)) continue;
    columns += (columns.empty() ? "" : ", ") + quote_identifier(column.field.name);
  }
  return columns.empty() ? "*" : columns;
}

}  // namespace

Result<std::unique_ptr<BatchSql>> BatchSql::make(const Pipeline& pipeline, sql::Session& session) {
  std::unique_ptr<BatchSql> made(new BatchSql(pipeline, session));
  std::vector<std::string> names;
  for (const SourcePart& source : pipeline.sources) {
    names.push_back(source.name);
    SLUICE_ASSIGN(made->scans_[source.name],
                  sql::Scan::define(session, {source.name, source.columns, source.decoder.get()}));
    if (source.decoder == nullptr) continue;
    SLUICE_ASSIGN(made->dead_letter_scans_[source.name],
                  sql::Scan::define(session, dead_letter_definition(source.name)));
  }
  SLUICE_ASSIGN(made->plan_, sql::make_plan(session, pipeline.views, names));
  made->graph_ = std::make_unique<Graph>(pipeline, made->plan_);
  return made;
}

Result<data::Schema> BatchSql::schema_of(const std::string& from) {
  if (const sql::ViewPlan* view = plan_.find(from)) return view->schema;
  return session_.describe("SELECT * FROM " + quote_identifier(from));
}

Status BatchSql::prepare() {
  SLUICE_TRY(session_.execute("CREATE SCHEMA IF NOT EXISTS state"));
  std::set<std::string> read_by_sinks;
  for (const SinkPart& sink : pipeline_.sinks) read_by_sinks.insert(sink.from);
  for (const SourcePart& source : pipeline_.sources) {
    if (!graph_->materialised(source.name)) continue;
    SLUICE_TRY(
        share(source.name, columns_read(plan_, source, read_by_sinks.contains(source.name))));
  }
  for (const sql::ViewPlan& view : plan_.views) {
    if (view.kind == sql::ViewKind::kAggregate) {
      SLUICE_TRY(session_.execute(view.create_state));
      SLUICE_TRY(session_.execute("CREATE OR REPLACE TEMP VIEW " + quote_identifier(view.name) +
                                  " AS " + view.complete));
    } else if (graph_->materialised(view.name)) {
      SLUICE_TRY(share(view.name, "*"));
    }
  }
  return {};
}

/// Puts a temp table between a node and its readers: the node's own view gets another name, its
/// name stands for the table from now on.
Status BatchSql::share(const std::string& name, const std::string& columns) {
  SLUICE_TRY(session_.execute("ALTER VIEW temp.main." + quote_identifier(name) + " RENAME TO " +
                              select_view(name)));
  const std::string& fill = fill_table_[name] = "CREATE OR REPLACE TEMP TABLE " + rows_table(name) +
                                                " AS SELECT " + columns + " FROM " +
                                                select_view(name);
  SLUICE_TRY(session_.execute(fill + " LIMIT 0"));
  return session_.execute("CREATE TEMP VIEW " + quote_identifier(name) + " AS SELECT * FROM " +
                          rows_table(name));
}

void BatchSql::bind(const std::string& source, const data::RecordBatch* records) {
  scans_.at(source)->bind(records);
}

Status BatchSql::run() {
  rows_folded_.clear();
  for (const SourcePart& source : pipeline_.sources) {
    if (graph_->materialised(source.name)) SLUICE_TRY(fill(source.name));
  }
  for (const sql::ViewPlan& view : plan_.views) {
    if (!graph_->live(view.name)) continue;
    if (view.kind == sql::ViewKind::kAggregate) {
      SLUICE_TRY(fold(view));
    } else if (graph_->materialised(view.name)) {
      SLUICE_TRY(fill(view.name));
    }
  }
  return {};
}

Status BatchSql::fill(const std::string& name) { return session_.execute(fill_table_.at(name)); }

Status BatchSql::fold(const sql::ViewPlan& view) {
  const std::string table = quote_identifier(view.partial_table);
  SLUICE_TRY(session_.execute("CREATE OR REPLACE TEMP TABLE " + table + " AS " + view.partial));
  SLUICE_ASSIGN(const auto rows, session_.value("SELECT sum(__rows) FROM " + table));
  rows_folded_[view.name] = rows ? std::stoll(*rows) : 0;
  return session_.execute(view.merge);
}

Result<std::unique_ptr<connector::BatchTable>> BatchSql::rows_for(const SinkPart& sink) {
  const sql::ViewPlan* view = plan_.find(sink.from);
  if (view != nullptr && view->kind == sql::ViewKind::kAggregate) {
    const bool complete = sink.mode == connector::OutputMode::kComplete;
    return sql::make_batch_table(session_, complete ? view->complete : view->update);
  }
  // A view that nobody shares runs here, inside the sink's own query.
  return sql::make_batch_table(session_, "SELECT * FROM " + quote_identifier(sink.from));
}

sql::ScanOutcome BatchSql::outcome(const std::string& source) {
  return scans_.at(source)->outcome();
}

Result<std::unique_ptr<connector::BatchTable>> BatchSql::dead_letters(
    const std::string& source, const data::RecordBatch& letters) {
  dead_letter_scans_.at(source)->bind(&letters);
  return sql::make_batch_table(session_, "SELECT * FROM " + quote_identifier(letters_name(source)));
}

std::int64_t BatchSql::rows_folded(const std::string& view) const {
  const auto found = rows_folded_.find(view);
  return found == rows_folded_.end() ? 0 : found->second;
}

Status BatchSql::clear() {
  for (auto& [name, scan] : scans_) scan->bind(nullptr);
  for (auto& [name, scan] : dead_letter_scans_) scan->bind(nullptr);
  for (const auto& [name, statement] : fill_table_) {
    SLUICE_TRY(session_.execute(statement + " LIMIT 0"));
  }
  return {};
}

}  // namespace sluice::engine
