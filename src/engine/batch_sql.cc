#include "engine/batch_sql.h"

#include <limits>
#include <set>

#include "engine/dead_letters.h"
#include "engine/upsert_rows.h"
#include "sql/plan/explained_plan.h"
#include "sql/udf/define_functions.h"
#include "sql/view/state_schema.h"
#include "sql/view/state_storage.h"

namespace sluice::engine {
namespace {

using data::quote_identifier;

std::string rows_table(const std::string& name) { return quote_identifier(name + "__rows"); }
/// Without a watermark nothing is late and nothing final.
std::string micros_text(std::optional<Micros> micros) {
  constexpr Micros kNever = std::numeric_limits<Micros>::min() + 1;
  return "CAST(" + std::to_string(micros.value_or(kNever)) + " AS BIGINT)";
}
std::string letters_name(const std::string& source) { return "__dead_letters_" + source; }

sql::ScanDefinition dead_letter_definition(const SourcePart& source) {
  sql::ScanDefinition definition{
      .name = letters_name(source.name), .columns = {}, .decoder = nullptr};
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

Result<std::unique_ptr<sql::ParquetView>> define_parquet(const SourcePart& source,
                                                         sql::Session& session) {
  sql::ParquetMetadata metadata;
  for (const sql::ScanColumn& column : source.columns) {
    metadata.emplace_back(column.field.name, static_cast<data::ParquetColumn>(column.index));
  }
  SLUICE_ASSIGN(data::ParquetRows outline, source.source->outline());
  return sql::ParquetView::define(session, source.name, std::move(outline), std::move(metadata));
}

}  // namespace

Result<std::unique_ptr<BatchSql>> BatchSql::make(const Pipeline& pipeline, sql::Session& session,
                                                 sql::KeptByView* kept) {
  std::unique_ptr<BatchSql> made(new BatchSql(pipeline, session));
  SLUICE_TRY(sql::define_functions(session, pipeline.functions));
  SLUICE_TRY(made->tables_.define());
  sql::PlanRequest request;
  for (const TablePart& table : pipeline.tables) request.tables.push_back(table.name);
  request.views = pipeline.views;
  request.is_shard = pipeline.shard.has_value();
  for (const auto& watcher : pipeline.watchers) {
    for (sql::ViewText& query : watcher->queries()) request.queries.push_back(std::move(query));
  }
  for (sql::ViewText& view : request.views) {
    const auto watermark = pipeline.view_watermarks.find(view.name);
    if (watermark == pipeline.view_watermarks.end()) continue;
    view.event_time = watermark->second.column;
    view.event_time_location = watermark->second.location;
  }
  for (const SinkPart& sink : pipeline.sinks) {
    request.sinks.push_back({sink.name, sink.from, connector::rows_mode(sink.mode),
                             sink.mode == connector::OutputMode::kUpsert, sink.upsert.columns});
  }
  for (const SourcePart& source : pipeline.sources) {
    request.sources.push_back(
        {source.name, source.watermark.column, source.watermark.location, source.partitioned_by});
    SLUICE_TRY(made->define(source));
  }
  SLUICE_ASSIGN(made->plan_, sql::make_plan(session, request, kept));
  made->graph_ = std::make_unique<Graph>(pipeline, made->plan_);
  return made;
}

Status BatchSql::define(const SourcePart& source) {
  if (source.source != nullptr && source.source->is_columnar()) {
    auto view = define_parquet(source, session_);
    if (!view) {
      return std::move(view).error().with(source.location.to_string() + ": source '" + source.name +
                                          "'");
    }
    parquet_[source.name] = *std::move(view);
    return {};
  }
  SLUICE_ASSIGN(scans_[source.name],
                sql::Scan::define(session_, {source.name, source.columns, source.decoder.get()}));
  if (source.decoder == nullptr) return {};
  SLUICE_ASSIGN(dead_letter_scans_[source.name],
                sql::Scan::define(session_, dead_letter_definition(source)));
  return {};
}

Result<data::Schema> BatchSql::schema_of(const std::string& from) {
  if (const sql::ViewPlan* view = plan_.find(from)) return view->schema;
  return session_.describe("SELECT * FROM " + quote_identifier(from));
}

Result<data::Schema> BatchSql::schema_for(const SinkPart& sink) {
  SLUICE_ASSIGN(const data::Schema schema, schema_of(sink.from));
  return written_schema(sink, schema);
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
    // A shared source has no columns that only such views read.
    if (!graph_->live(view.name)) continue;
    if (view.has_state()) SLUICE_TRY(sql::create_state(session_, view));
    if (!view.definition.empty()) {
      SLUICE_TRY(session_.execute("CREATE OR REPLACE TEMP VIEW " + quote_identifier(view.name) +
                                  " AS " + view.definition));
    }
    if (!view.before.empty()) {
      SLUICE_TRY(session_.execute("CREATE OR REPLACE TEMP VIEW " +
                                  quote_identifier(sql::before_name(view.name)) + " AS " +
                                  view.before));
    }
    if (graph_->materialised(view.name)) SLUICE_TRY(share(view.name, "*"));
  }
  return {};
}

/// Puts a temp table between a node and its readers: the node's own view gets another name, its
/// name stands for the table from now on.
Status BatchSql::share(const std::string& name, const std::string& columns) {
  SLUICE_TRY(session_.execute("ALTER VIEW temp.main." + quote_identifier(name) + " RENAME TO " +
                              select_name(name)));
  const std::string& fill = fill_table_[name] = "CREATE OR REPLACE TEMP TABLE " + rows_table(name) +
                                                " AS SELECT " + columns + " FROM " +
                                                select_name(name);
  SLUICE_TRY(session_.execute(fill + " LIMIT 0"));
  return session_.execute("CREATE TEMP VIEW " + quote_identifier(name) + " AS SELECT * FROM " +
                          rows_table(name));
}

Status BatchSql::bind(const std::string& source, const data::RecordBatch* records) {
  bound_[source] = records;
  if (const auto view = parquet_.find(source); view != parquet_.end()) {
    return view->second->bind(records == nullptr ? nullptr : records->parquet());
  }
  scans_.at(source)->bind(records);
  return {};
}

/// The records that the failed scan let through, and where the n-th of them came from.
FailedSource BatchSql::failed_records(const SourcePart& source, const data::RecordBatch& records) {
  const bool shared = fill_table_.contains(source.name);
  const std::string from = shared ? select_name(source.name) : quote_identifier(source.name);
  // Columns that no view reads may be broken where nobody minds.
  const std::string read = columns_read(plan_, source, false);
  std::string items;
  for (const sql::ScanColumn& column : source.columns) {
    const std::string name = quote_identifier(column.field.name);
    const bool used =
        read == "*" || plan_.source_columns.at(source.name).contains(column.field.name);
    items += (items.empty() ? "" : ", ") +
             (used ? name : "CAST(NULL AS " + column.field.type.to_string() + ") AS " + name);
  }
  FailedSource failed{.name = source.name, .rows = {}};
  failed.rows = [this, &records, name = source.name, select = "SELECT " + items + " FROM " + from] {
    scans_.at(name)->bind(&records);
    return Result<std::string>(select);
  };
  failed.place = [this, &records, name = source.name](std::int64_t row) {
    auto record = static_cast<std::uint64_t>(row);
    for (const data::Reject& reject : scans_.at(name)->outcome().rejects) {
      if (reject.row <= record) ++record;
    }
    return place_text(records.origin(record));
  };
  return failed;
}

std::vector<FailedSource> BatchSql::failed_sources() {
  static constexpr char kFile[] = "__sluice_file";
  static constexpr char kRow[] = "__sluice_row";
  std::vector<FailedSource> failed;
  for (const SourcePart& source : pipeline_.sources) {
    const auto records = bound_.find(source.name);
    if (records == bound_.end() || records->second == nullptr) continue;
    const auto view = parquet_.find(source.name);
    if (view == parquet_.end()) {
      failed.push_back(failed_records(source, *records->second));
      continue;
    }
    FailedSource files{.name = source.name, .rows = {}};
    files.rows = [view] {
      return view->second->select_with({{kFile, data::kFilePath}, {kRow, data::kFileRow}});
    };
    files.hidden = {kFile, kRow};
    files.place_sql = std::string(kFile) + " || ' row=' || " + kRow;
    failed.push_back(std::move(files));
  }
  return failed;
}

Error BatchSql::name_culprit(Error error, const Clock& clock) {
  for (auto& [name, view] : parquet_) {
    if (error.kind() == Kind::kCorruption) break;
    error = view->name_broken_file(std::move(error));
    if (error.kind() == Kind::kCorruption) error = std::move(error).with("source " + name);
  }
  if (error.kind() != Kind::kUser) return error;
  // The rollback has taken back which files the views show,
  for (auto& [name, view] : parquet_) {
    const auto records = bound_.find(name);
    if (records == bound_.end() || records->second == nullptr) continue;
    if (!view->bind(records->second->parquet())) return error;
  }
  // and emptied the tables of what several read.
  for (const auto& [name, statement] : fill_table_) {
    if (auto made = session_.execute("CREATE OR REPLACE TEMP VIEW " + quote_identifier(name) +
                                     " AS SELECT * FROM " + select_name(name));
        !made) {
      return error;
    }
  }
  return name_failed_view(session_, {pipeline_, plan_, *graph_, failed_sources(), clock},
                          std::move(error));
}

Status BatchSql::run(const Watermarks& watermarks) {
  counts_.clear();
  work_.clear();
  if (!plan_.latest_event_time.empty()) SLUICE_TRY(set_watermarks(watermarks));
  const auto timed = [this](const std::string& name, auto&& step) -> Status {
    const auto start = std::chrono::steady_clock::now();
    SLUICE_TRY(step());
    auto& duration = work_[name].duration;
    duration =
        duration.value_or(std::chrono::nanoseconds(0)) + (std::chrono::steady_clock::now() - start);
    return {};
  };
  for (const SourcePart& source : pipeline_.sources) {
    if (!graph_->materialised(source.name)) continue;
    SLUICE_TRY(timed(source.name, [&] { return fill(source.name); }));
  }
  for (const sql::ViewPlan& view : plan_.views) {
    if (!graph_->live(view.name)) continue;
    if (view.has_state()) SLUICE_TRY(timed(view.name, [&] { return fold(view); }));
    if (!graph_->materialised(view.name)) continue;
    SLUICE_TRY(timed(view.name, [&] { return fill(view.name); }));
  }
  return {};
}

Status BatchSql::set_watermarks(const Watermarks& watermarks) {
  return session_.execute("SET VARIABLE sluice_watermark = " + micros_text(watermarks.now) +
                          "; SET VARIABLE sluice_late = " + micros_text(watermarks.before));
}

BatchSql::Work BatchSql::work(const std::string& name) const {
  const auto found = work_.find(name);
  return found == work_.end() ? Work() : found->second;
}

std::chrono::nanoseconds BatchSql::decode_time() const {
  std::chrono::nanoseconds sum{0};
  for (const auto& [name, scan] : scans_) sum += scan->decode_time();
  return sum;
}

Status BatchSql::count_rows(const std::string& view) {
  SLUICE_ASSIGN(const auto count, session_.value("SELECT count(*) FROM " + quote_identifier(view)));
  work_[view].rows = std::stoll(count.value());
  return {};
}

Status BatchSql::fill(const std::string& name) {
  // CREATE TABLE AS gives the number of its rows.
  SLUICE_ASSIGN(const auto rows, session_.value(fill_table_.at(name)));
  if (rows) work_[name].rows = std::stoll(*rows);
  return {};
}

Status BatchSql::fold(const sql::ViewPlan& view) {
  ViewCounts& counts = counts_[view.name];
  for (const sql::Step& step : view.fold) {
    if (step.counts == sql::Step::Counts::kNothing) {
      SLUICE_TRY(session_.execute(step.sql));
      continue;
    }
    SLUICE_ASSIGN(const sql::Rows found, session_.query(step.sql));
    for (const auto& row : found.values) {
      if (step.counts == sql::Step::Counts::kRows) {
        counts.rows += row[0] ? std::stoll(*row[0]) : 0;
        continue;
      }
      const std::int64_t rows = std::stoll(row[1].value());
      counts.late += rows;
      counts.late_by[std::stoll(row[0].value())] += rows;
    }
  }
  return {};
}

Status BatchSql::evict() {
  for (const sql::ViewPlan& view : plan_.views) {
    if (!graph_->live(view.name)) continue;
    for (const std::string& statement : view.evict) SLUICE_TRY(session_.execute(statement));
  }
  return {};
}

Result<BatchSql::Events> BatchSql::events_of(const std::string& name) {
  auto found = session_.query(plan_.latest_event_time.at(name));
  if (!found) return std::move(found).error().with("the watermark of '" + name + "'");
  const auto& row = found->values.at(0);
  Events events{.rows = std::stoll(row[0].value()), .latest = std::nullopt};
  if (row[1]) events.latest = std::stoll(*row[1]);
  return events;
}

Result<bool> BatchSql::rows_wait() {
  SLUICE_ASSIGN(const std::string schema, sql::state_schema(session_));
  for (const sql::ViewPlan& view : plan_.views) {
    if (!view.waits_for_watermark || !graph_->live(view.name)) continue;
    for (const std::string& table : view.state_tables) {
      SLUICE_ASSIGN(const auto row, session_.value("SELECT 1 FROM " + schema +
                                                   quote_identifier(table) + " LIMIT 1"));
      if (row) return true;
    }
  }
  return false;
}

std::string BatchSql::select_for(const SinkPart& sink) const {
  const sql::ViewPlan* view = plan_.find(sink.from);
  return upsert_select(view != nullptr ? view->rows(connector::rows_mode(sink.mode))
                                       : "SELECT * FROM " + quote_identifier(sink.from),
                       sink, view);
}

Result<std::unique_ptr<connector::BatchTable>> BatchSql::rows_for(const SinkPart& sink) {
  // A view that nobody shares runs here, inside the sink's own query.
  std::string select = select_for(sink);
  // Views over files, and tables, are made again and may have other columns then.
  if (!parquet_.empty() || !pipeline_.tables.empty())
    return sql::make_batch_table(session_, std::move(select));
  auto known = row_schemas_.find(sink.name);
  if (known == row_schemas_.end()) {
    SLUICE_ASSIGN(data::Schema schema, session_.describe(select));
    known = row_schemas_.emplace(sink.name, std::move(schema)).first;
  }
  return sql::make_batch_table(session_, std::move(select), known->second);
}

Result<std::unique_ptr<connector::BatchTable>> BatchSql::rows_of(const sql::QueryPlan& query) {
  // As in rows_for().
  if (!parquet_.empty() || !pipeline_.tables.empty())
    return sql::make_batch_table(session_, query.select);
  return sql::make_batch_table(session_, query.select, query.schema);
}

Result<bool> BatchSql::rejects_agree() {
  bool all = true;
  for (auto& [name, scan] : scans_) {
    if (!graph_->live(name)) continue;
    SLUICE_ASSIGN(const bool agree, scan->agree());
    all = all && agree;
  }
  return all;
}

sql::ScanOutcome BatchSql::outcome(const std::string& source) {
  const auto scan = scans_.find(source);
  return scan == scans_.end() ? sql::ScanOutcome() : scan->second->outcome();
}

Result<std::unique_ptr<connector::BatchTable>> BatchSql::dead_letters(
    const std::string& source, const data::RecordBatch& letters) {
  dead_letter_scans_.at(source)->bind(&letters);
  return sql::make_batch_table(session_, "SELECT * FROM " + quote_identifier(letters_name(source)));
}

BatchSql::ViewCounts BatchSql::counts(const std::string& view) const {
  const auto found = counts_.find(view);
  return found == counts_.end() ? ViewCounts() : found->second;
}

Status BatchSql::clear() {
  bound_.clear();
  for (auto& [name, scan] : scans_) scan->bind(nullptr);
  for (auto& [name, scan] : dead_letter_scans_) scan->bind(nullptr);
  for (auto& [name, view] : parquet_) SLUICE_TRY(view->bind(nullptr));
  for (const auto& [name, statement] : fill_table_) {
    SLUICE_TRY(session_.execute(statement + " LIMIT 0"));
  }
  return {};
}

}  // namespace sluice::engine
