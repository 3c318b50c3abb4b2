#include "app/kafka/scanned_records.h"

#include <set>
#include <utility>

#include "sql/functions/open_database.h"

namespace sluice::app {
namespace {

constexpr const char* kTable = "records";

}  // namespace

Result<std::unique_ptr<ScannedRecords>> ScannedRecords::make(std::vector<sql::ScanColumn> columns,
                                                             const data::Decoder* decoder,
                                                             const std::string& select) {
  auto made = std::make_unique<ScannedRecords>();
  sql::DatabaseOptions small;
  small.threads = 1;
  SLUICE_ASSIGN(made->database_, sql::open_database("", small));
  SLUICE_ASSIGN(made->session_, made->database_->connect());
  std::set<std::string> decoded;
  for (const sql::ScanColumn& column : columns) {
    if (column.decoded) decoded.insert(column.field.name);
  }
  SLUICE_ASSIGN(made->scan_, sql::Scan::define(*made->session_, {.name = kTable,
                                                                 .columns = std::move(columns),
                                                                 .decoder = decoder}));
  // All reads judge every record alike.
  made->scan_->check(decoded);
  SLUICE_ASSIGN(made->rows_,
                sql::make_batch_table(*made->session_, "SELECT " + select + " FROM " + kTable));
  return made;
}

Status ScannedRecords::read(
    const data::RecordBatch& batch,
    const std::function<Result<bool>(const connector::RowChunk&)>& receive) {
  scan_->bind(&batch);
  Status done = rows_->read_chunks({}, receive);
  rejects_ = scan_->outcome().rejects;
  scan_->bind(nullptr);
  return done;
}

}  // namespace sluice::app
