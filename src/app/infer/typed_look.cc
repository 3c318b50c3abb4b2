#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "app/infer/column_stats.h"
#include "app/infer/sampled_source.h"
#include "app/infer/source_look.h"
#include "app/transfer/source_text.h"
#include "app/transfer/yaml_text.h"
#include "config/yaml.h"
#include "sql/functions/open_database.h"
#include "sql/scan/parquet_select.h"
#include "sql/scan/scan.h"

namespace sluice::app {
namespace {

using data::TypeId;

constexpr const char* kTable = "looked_at";

bool is_nested(const data::Type& type) {
  return type.id() == TypeId::kStruct || type.id() == TypeId::kList || type.id() == TypeId::kMap;
}

bool is_time(const data::Type& type) {
  return type.id() == TypeId::kTimestamp || type.id() == TypeId::kTimestampTz;
}

/// A column whose type no pipeline file can name.
bool is_unnamed(const data::Type& type) {
  if (type.id() == TypeId::kOther) return true;
  for (const data::Field& child : type.children()) {
    if (is_unnamed(child.type)) return true;
  }
  return false;
}

/// What is asked of each column: its text, and of bytes how they begin.
std::string select_texts(const data::Schema& schema, const std::string& from) {
  std::string columns;
  for (const data::Field& field : schema.fields()) {
    const std::string name = data::quote_identifier(field.name);
    columns += columns.empty() ? "" : ", ";
    if (field.type.id() == TypeId::kBlob) {
      columns += "coalesce(TRY(decode(" + name + ")), '0x' || hex(" + name + "))";
    } else if (is_nested(field.type)) {
      columns += "CASE WHEN " + name + " IS NOT NULL THEN '' END";
    } else {
      columns += "CAST(" + name + " AS VARCHAR)";
    }
  }
  return "SELECT " + columns + " FROM " + from;
}

/// The rows of a source, by SQL.
class TypedRows {
 public:
  TypedRows(SampledSource& source, std::int64_t records) : source_(source), records_(records) {}

  Status open() {
    const engine::SourcePart& part = source_.part();
    sql::DatabaseOptions options;
    options.temp_folder = source_.scratch();
    SLUICE_ASSIGN(database_, sql::open_database("", options));
    SLUICE_ASSIGN(session_, database_->connect());
    if (part.source->is_columnar()) {
      SLUICE_ASSIGN(const data::ParquetRows outline, part.source->outline());
      SLUICE_ASSIGN(const std::string select, sql::parquet_select(*session_, outline));
      SLUICE_ASSIGN(schema, session_->describe(select));
    } else {
      SLUICE_ASSIGN(scan_, sql::Scan::define(*session_, {.name = kTable,
                                                         .columns = part.columns,
                                                         .decoder = part.decoder.get()}));
      for (const sql::ScanColumn& column : part.columns) schema.add(column.field);
    }
    stats.resize(schema.size());
    nested.resize(schema.size());
    return {};
  }

  void interrupt() { session_->interrupt(); }

  /// False: there are enough.
  Result<bool> add(const data::RecordBatch& batch) {
    if (const data::ParquetRows* files = batch.parquet()) {
      if (files->files.empty()) return true;
      SLUICE_ASSIGN(const std::string select, sql::parquet_select(*session_, *files));
      SLUICE_TRY(add_rows("(" + select + ")"));
      return !is_cut;
    }
    const data::Decoder* decoder = source_.part().decoder.get();
    if (decoder != nullptr) SLUICE_TRY(source_.part().decoder->prepare(batch));
    const auto presented = decoder != nullptr ? decoder->present(batch) : nullptr;
    const data::RecordBatch& records = presented ? *presented : batch;
    const std::int64_t before = rows;
    scan_->bind(&records);
    Status done = add_rows(kTable);
    scan_->bind(nullptr);
    if (!done) return std::move(done).error();
    undecoded += static_cast<std::int64_t>(records.size()) - (rows - before);
    return true;
  }

  data::Schema schema;
  std::vector<ColumnStats> stats;
  std::vector<std::int64_t> nested;  ///< values of columns that are not looked into
  std::int64_t rows = 0;
  std::int64_t undecoded = 0;
  bool is_cut = false;  ///< there were more

 private:
  Status add_rows(const std::string& from) {
    // Records may be several of a message; there is one more than is looked at, or it is the end.
    SLUICE_ASSIGN(const sql::Rows texts,
                  session_->query(select_texts(schema, from) + " LIMIT " +
                                  std::to_string(std::max<std::int64_t>(0, records_ - rows) + 1)));
    for (const auto& row : texts.values) {
      if (rows == records_) {
        is_cut = true;
        break;
      }
      ++rows;
      for (std::size_t i = 0; i < row.size(); ++i) {
        if (!row[i]) continue;
        if (is_nested(schema[i].type)) {
          ++nested[i];
        } else {
          stats[i].add_typed(*row[i], is_time(schema[i].type));
        }
      }
    }
    return {};
  }

  SampledSource& source_;
  const std::int64_t records_;
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<sql::Session> session_;
  std::unique_ptr<sql::Scan> scan_;  // null: of Parquet files
};

}  // namespace

Status SourceLook::typed() {
  SLUICE_TRY(put_in_given());
  if (!request_.from.format.empty()) {
    SLUICE_ASSIGN(const ConfigValue given, config::parse_yaml(request_.from.format, "--format"));
    const bool is_map = given.shape() == ConfigValue::Shape::kMap && given.entries().size() == 1;
    if (!is_map && given.shape() != ConfigValue::Shape::kScalar) {
      return user_error(
          "--format takes one format with its options, such as 'avro: {registry: "
          "\"http://HOST:8081\"}'");
    }
    found_.format = is_map ? given.entries()[0].key : given.text();
    if (is_map) found_.format_options = given.entries()[0].value.entries();
  }
  if (found_.words.empty()) {
    found_.words = found_.format.empty() ? found_.kind : found_.kind + ", " + found_.format;
  }
  return add_typed(source_lines(found_, false));
}

Status SourceLook::add_typed(const std::string& yaml) {
  SLUICE_ASSIGN(const auto source, SampledSource::make(yaml));
  TypedRows rows(*source, request_.records);
  SLUICE_TRY(rows.open());
  const std::stop_callback interrupt(stop_, [&] { rows.interrupt(); });
  SLUICE_TRY(source->read(request_.records, stop_,
                          [&](const data::RecordBatch& batch) { return rows.add(batch); }));
  found_.all = source->at_end() && !rows.is_cut;
  found_.undecoded = rows.undecoded;
  found_.records = rows.rows + rows.undecoded;
  if (found_.records == 0) return nothing("there is no record in it; put some in first");
  bool has_unnamed = false;
  for (std::size_t i = 0; i < rows.schema.size(); ++i) {
    has_unnamed = has_unnamed || is_unnamed(rows.schema[i].type);
    const bool inside = is_nested(rows.schema[i].type);
    found_.columns.push_back(
        {.name = rows.schema[i].name,
         .what = known_column(rows.schema[i].name, rows.schema[i].type, rows.stats[i], rows.rows),
         .records = rows.rows,
         .values = inside ? rows.nested[i] : rows.stats[i].values(),
         .distinct = inside ? std::nullopt : rows.stats[i].distinct()});
  }
  if (found_.kind == "files") {
    // Where a line is from says nothing of what it is.
    for (InferredColumn& column : found_.columns) column.what.is_key = column.what.is_time = false;
  }
  if (found_.kind == "parquet" && !has_unnamed) found_.schema = Inference::Schema::kConnector;
  return {};
}

}  // namespace sluice::app
