#pragma once

#include <memory>
#include <string>

#include "data/parquet_rows.h"
#include "sluice/base/result.h"
#include "sql/duckdb/database.h"
#include "sql/scan/parquet_select.h"

namespace sluice::sql {

/// A columnar source that SQL can read: `SELECT ... FROM "name"`. It is a temp view of that name,
/// over another one that each batch defines again.
class ParquetView {
 public:
  /// Defines the views in `session`, still without rows. The columns are those of `outline`, or of
  /// its files when it has no schema, and `metadata` after them. kUser when a name is there twice
  /// or no file says the columns.
  /// REQUIRES: `session` outlives this.
  static Result<std::unique_ptr<ParquetView>> define(Session& session, std::string name,
                                                     data::ParquetRows outline,
                                                     ParquetMetadata metadata);

  /// The columns, those of `metadata` too.
  const data::Schema& schema() const { return schema_; }

  /// The files that queries read from now on; null: no rows. Columns without a schema of their own
  /// are read as the outline has them.
  /// REQUIRES: no query reads; `rows`, and the files of this machine, stay until the next bind().
  Status bind(const data::ParquetRows* rows);

  /// SELECT of the bound rows with their columns and `more` after them; kUser when none are bound.
  Result<std::string> select_with(const ParquetMetadata& more) const;

  /// What a failed query is to say (sql/scan/broken_file.h), by the files that are bound.
  /// REQUIRES: the transaction that failed is rolled back.
  Error name_broken_file(Error error);

 private:
  ParquetView(Session& session, std::string name, data::ParquetRows outline,
              ParquetMetadata metadata)
      : session_(session),
        name_(std::move(name)),
        outline_(std::move(outline)),
        metadata_(std::move(metadata)) {}

  Status make();
  /// With the columns that the outline has, where they have none.
  data::ParquetRows with_columns(const data::ParquetRows& rows) const;

  Session& session_;
  std::string name_;
  data::ParquetRows outline_;  ///< without files once the columns are known
  ParquetMetadata metadata_;
  data::Schema schema_;
  const data::ParquetRows* bound_ = nullptr;  ///< the caller's; null: none
};

}  // namespace sluice::sql
