#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "connector/batch_table.h"
#include "data/decoder.h"
#include "data/record_batch.h"
#include "sluice/base/result.h"
#include "sql/scan/scan.h"

namespace sluice::app {

/// The rows that SQL sees of records: the scan of a run, without an engine, on one thread.
class ScannedRecords {
 public:
  /// `select`: what is taken of the columns, as SQL. `decoder`: null when none is decoded; outlives
  /// the object. kUser: SQL that cannot be.
  static Result<std::unique_ptr<ScannedRecords>> make(std::vector<sql::ScanColumn> columns,
                                                      const data::Decoder* decoder,
                                                      const std::string& select = "*");

  /// Of the rows.
  const data::Schema& schema() const { return rows_->schema(); }
  const TimeZone& zone() const { return rows_->zone(); }

  /// Gives the rows of `batch` to `receive`, in their order, until it says false. Errors as of
  /// BatchTable::read_chunks.
  Status read(const data::RecordBatch& batch,
              const std::function<Result<bool>(const connector::RowChunk&)>& receive);

  /// The records of the last read() that did not decode, in their order; all of them when it came
  /// to its end. They have no row.
  const std::vector<data::Reject>& rejects() const { return rejects_; }

 private:
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<sql::Session> session_;
  std::unique_ptr<sql::Scan> scan_;
  std::unique_ptr<connector::BatchTable> rows_;
  std::vector<data::Reject> rejects_;
};

}  // namespace sluice::app
