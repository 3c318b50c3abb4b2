#include "app/transfer/source_sample.h"

#include <algorithm>
#include <set>
#include <utility>

#include "app/composition/stores.h"
#include "app/transfer/source_text.h"
#include "base/border.h"
#include "base/nearest.h"
#include "connectors/console/schema_tree.h"
#include "engine/dead_letters.h"
#include "formats/shown_row.h"
#include "sql/functions/open_database.h"
#include "sql/scan/parquet_select.h"

namespace sluice::app {
namespace {

using connector::Ending;
using data::TypeId;

constexpr const char* kTable = "shown_source";
constexpr std::chrono::milliseconds kWait{200};
/// Of one batch while rows are only counted.
constexpr std::int64_t kCountedBytes = 32 << 20;
constexpr std::size_t kUndecodedMax = 5;

}  // namespace

Result<config::PipelineFile> SourceSample::read_file() {
  if (!request_.pipeline.empty()) {
    return config::read_pipeline_file(request_.pipeline, known_kinds(registry_),
                                      config::system_variables(request_.variables));
  }
  SLUICE_TRY(scratch_.make());
  const auto files = make_file_system();
  io::Spool spool(*files, scratch_.path() + "/inferred");
  const connector::Context context{"show", "rows", clock_, random_, *files, &spool};
  SLUICE_ASSIGN(const SourceText source, source_text(request_.from, registry_, context));
  const std::string text = "name: show\nsources:\n  rows:\n" + source.yaml +
                           "sinks:\n  shown: {from: rows, console: {}}\ncheckpoint: none\n";
  return config::read_pipeline_text(text, "show.yaml", known_kinds(registry_),
                                    config::system_variables({}));
}

Result<const config::SourceEntry*> SourceSample::find_source(
    const config::PipelineFile& file) const {
  std::vector<std::string> names;
  for (const config::SourceEntry& source : file.sources) {
    if (source.name == request_.source) return &source;
    names.push_back(source.name);
  }
  if (request_.source.empty() && file.sources.size() == 1) return &file.sources[0];
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  if (request_.source.empty()) {
    return user_error(file.path + (names.empty() ? ": has no source"
                                                 : ": has several sources; "
                                                   "choose one with --source: " +
                                                       list));
  }
  return user_error(file.path + ": has no source '" + request_.source + "'" +
                    did_you_mean(request_.source, names) +
                    (list.empty() ? "" : "; it has " + list));
}

Status SourceSample::open(const std::stop_token& stop) {
  SLUICE_TRY(scratch_.make());
  SLUICE_ASSIGN(file_, read_file());
  // Nothing of the pipeline's own is touched.
  file_.checkpoint = scratch_.path();
  SLUICE_ASSIGN(const config::SourceEntry* entry, find_source(file_));
  SLUICE_ASSIGN(files_, make_file_system(file_));
  spool_ = std::make_unique<io::Spool>(*files_, scratch_.path() + "/spool");
  SLUICE_ASSIGN(made_,
                make_source(*entry, file_, {registry_, clock_, random_, *files_, spool_.get()}));
  sql::DatabaseOptions options;
  options.temp_folder = scratch_.path();
  SLUICE_ASSIGN(database_, sql::open_database("", options));
  SLUICE_ASSIGN(session_, database_->connect());
  if (!file_.timezone.empty()) {
    SLUICE_TRY(session_->execute("SET TimeZone = " + data::quote_literal(file_.timezone)));
  }
  SLUICE_TRY(define());
  return made_.part.source->open(stop);
}

Status SourceSample::define() {
  if (made_.part.source->is_columnar()) {
    SLUICE_ASSIGN(const data::ParquetRows outline, made_.part.source->outline());
    SLUICE_ASSIGN(const std::string select, sql::parquet_select(*session_, outline));
    SLUICE_ASSIGN(schema_, session_->describe(select));
  } else {
    SLUICE_ASSIGN(scan_, sql::Scan::define(*session_, {.name = kTable,
                                                       .columns = made_.part.columns,
                                                       .decoder = made_.part.decoder.get()}));
    std::set<std::string> decoded;
    for (const sql::ScanColumn& column : made_.part.columns) {
      schema_.add(column.field);
      if (column.decoded) decoded.insert(column.field.name);
    }
    scan_->check(decoded);
  }
  std::vector<std::string> names;
  for (const data::Field& field : schema_.fields()) names.push_back(field.name);
  table_ = std::make_unique<connectors::ShowTable>(
      names, connectors::ShowOptions{.truncate = request_.truncate});
  return {};
}

std::string SourceSample::select_from(const std::string& table) const {
  const bool is_raw = scan_ && made_.part.decoder == nullptr;
  std::string columns;
  for (const data::Field& field : schema_.fields()) {
    const std::string name = data::quote_identifier(field.name);
    columns += columns.empty() ? "" : ", ";
    if (is_raw && field.type.id() == TypeId::kBlob) {
      columns += "coalesce(TRY(decode(" + name + ")), '0x' || hex(" + name + ")) AS ";
    }
    columns += name;
  }
  return "SELECT " + columns + " FROM " + table;
}

bool SourceSample::wants_more() const {
  // Parquet files of this machine say how many rows they have.
  const bool is_cheap = scan_ == nullptr && !made_.part.source->is_slow();
  return request_.count || is_cheap || !has_more_;
}

Status SourceSample::read_batches(const std::stop_token& stop) {
  connector::Source& source = *made_.part.source;
  SLUICE_ASSIGN(data::Offset at, source.initial());
  SLUICE_TRY(source.freeze());
  bool at_end = false;
  while (wants_more()) {
    if (stop.stop_requested()) return Error(Kind::kCancelled, "stopped");
    data::ReadLimit limit;
    limit.bytes = kCountedBytes;
    // One more than is shown says whether there are more.
    if (scan_ && !has_more_) limit.records = static_cast<std::int64_t>(request_.rows) + 1;
    SLUICE_ASSIGN(data::Offset to, source.latest(at, limit));
    if (to.json == at.json) {
      at_end = source.ending(at) != Ending::kPending;
      if (at_end) break;
      source.wait_for_data(at, kWait, stop, clock_);
      continue;
    }
    SLUICE_ASSIGN(const auto batch, source.read(at, to, stop));
    SLUICE_TRY(add_batch(*batch));
    at = std::move(to);
  }
  if (at_end) shown_.count = records_;
  return {};
}

Status SourceSample::add_batch(const data::RecordBatch& batch) {
  if (const data::ParquetRows* rows = batch.parquet()) {
    if (rows->files.empty()) return {};
    SLUICE_ASSIGN(const std::string select, sql::parquet_select(*session_, *rows));
    SLUICE_ASSIGN(const auto count, session_->value("SELECT count(*) FROM (" + select + ")"));
    records_ += std::stoll(count.value_or("0"));
    return has_more_ ? Status() : add_rows("SELECT * FROM (" + select + ")");
  }
  records_ += static_cast<std::int64_t>(batch.size());
  if (has_more_) return {};
  if (made_.part.decoder == nullptr) {
    scan_->bind(&batch);
    auto done = add_rows(select_from(kTable));
    scan_->bind(nullptr);
    return done;
  }
  SLUICE_TRY(made_.part.decoder->prepare(batch));
  const auto presented = made_.part.decoder->present(batch);
  const data::RecordBatch& records = presented ? *presented : batch;
  scan_->bind(&records);
  auto done = add_rows(select_from(kTable));
  if (done) done = add_undecoded(records);
  scan_->bind(nullptr);
  return done;
}

Status SourceSample::add_rows(const std::string& select) {
  const std::size_t left = request_.rows - table_->rows();
  // Of records all are decoded, so that those that do not decode are known.
  const std::string limit = scan_ ? "" : " LIMIT " + std::to_string(left + 1);
  SLUICE_ASSIGN(const auto rows, sql::make_batch_table(*session_, select + limit));
  formats::ShownRow shown(connector::chunk_schema(rows->schema()), rows->zone());
  return rows->read_chunks({}, [&](const connector::RowChunk& chunk) -> Result<bool> {
    for (std::size_t row = 0; row < chunk.rows; ++row) {
      if (table_->rows() < request_.rows) {
        table_->add_row(shown.at(chunk.columns, row));
      } else {
        has_more_ = true;
      }
    }
    return true;
  });
}

Status SourceSample::add_undecoded(const data::RecordBatch& batch) {
  const sql::ScanOutcome outcome = scan_->outcome();
  if (outcome.rejects.empty()) return {};
  const engine::DeadLetterBatch letters(batch, outcome.rejects, *made_.part.decoder, 0,
                                        made_.part.name);
  for (std::size_t i = 0; i < letters.size() && shown_.undecoded.size() < kUndecodedMax; ++i) {
    shown_.undecoded.push_back(letters.in_words(i));
  }
  return {};
}

Result<ShownSource> SourceSample::take(const std::stop_token& stop) {
  SLUICE_TRY(open(stop));
  const std::stop_callback interrupt(stop, [this] { session_->interrupt(); });
  shown_.schema = connectors::schema_tree(schema_);
  shown_.columns = schema_.size();
  SLUICE_TRY(read_batches(stop));
  shown_.rows = table_->text(has_more_);
  return std::move(shown_);
}

}  // namespace sluice::app

namespace sluice {

Result<ShownSource> show_source(const ShowRequest& request, std::stop_token stop) {
  return at_border("show the source", [&] { return app::SourceSample(request).take(stop); });
}

}  // namespace sluice
