#include "sql/scan/parquet_view.h"

#include <set>
#include <string>
#include <utility>

#include "sql/scan/broken_file.h"
#include "sql/scan/path_literal.h"

namespace sluice::sql {
namespace {

using data::quote_identifier;

std::string files_view(const std::string& name) {
  return "temp.main." + quote_identifier(name + "__files");
}

/// A column without a name is C0, C1 ... to DuckDB: notes how it is called inside.
Status note_nameless(Session& session, data::ParquetRows& outline) {
  SLUICE_ASSIGN(const Rows rows, session.query("SELECT name FROM parquet_schema(" +
                                               path_literal(outline.files[0].path) + ")"));
  std::set<std::string> names;
  for (const auto& row : rows.values) names.insert(row[0].value_or(""));
  if (!names.contains("")) return {};
  for (const data::Field& field : outline.schema.fields()) {
    const bool nameless = field.name.starts_with('C') && !names.contains(field.name);
    outline.stored.push_back({.name = nameless ? "" : field.name});
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<ParquetView>> ParquetView::define(Session& session, std::string name,
                                                         data::ParquetRows outline,
                                                         ParquetMetadata metadata) {
  std::unique_ptr<ParquetView> view(
      new ParquetView(session, std::move(name), std::move(outline), std::move(metadata)));
  SLUICE_TRY(view->make());
  return view;
}

Status ParquetView::make() {
  if (outline_.schema.size() == 0) {
    if (outline_.files.empty()) return user_error("no file says what the columns are");
    SLUICE_ASSIGN(const std::string select, parquet_select(session_, outline_));
    SLUICE_ASSIGN(outline_.schema, session_.describe(select));
    SLUICE_TRY(note_nameless(session_, outline_));
  }
  outline_.files.clear();
  schema_ = outline_.schema;
  for (const auto& [name, column] : metadata_) {
    if (schema_.find(name) >= 0) {
      return user_error("the column '" + name + "' is there twice; rename the metadata: {new_" +
                        name + ": " + name + "}");
    }
    schema_.add({name, data::parquet_columns()[column].type});
  }
  SLUICE_TRY(bind(nullptr));
  return session_.execute("CREATE OR REPLACE TEMP VIEW " + quote_identifier(name_) +
                          " AS SELECT * FROM " + files_view(name_));
}

data::ParquetRows ParquetView::with_columns(const data::ParquetRows& rows) const {
  data::ParquetRows read = rows;
  if (read.schema.size() == 0) {
    read.schema = outline_.schema;
    read.stored = outline_.stored;
  }
  return read;
}

Status ParquetView::bind(const data::ParquetRows* rows) {
  bound_ = rows;
  const data::ParquetRows read = with_columns(rows == nullptr ? outline_ : *rows);
  SLUICE_ASSIGN(const std::string select, parquet_select(session_, read, metadata_));
  return session_.execute("CREATE OR REPLACE TEMP VIEW " + files_view(name_) + " AS " + select);
}

Result<std::string> ParquetView::select_with(const ParquetMetadata& more) const {
  if (bound_ == nullptr) return user_error("no rows of " + name_ + " are bound");
  ParquetMetadata all = metadata_;
  all.insert(all.end(), more.begin(), more.end());
  return parquet_select(session_, with_columns(*bound_), all);
}

Error ParquetView::name_broken_file(Error error) {
  if (bound_ == nullptr) return error;
  return sql::name_broken_file(session_, with_columns(*bound_), std::move(error));
}

}  // namespace sluice::sql
