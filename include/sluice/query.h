#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "sluice/base/result.h"

namespace sluice {

enum class QueryFormat : unsigned char {
  kTable,    ///< for people
  kCsv,      ///< with a header
  kJson,     ///< one object per line
  kParquet,  ///< into a file only
};

struct QueryRequest {
  /// One SELECT statement of DuckDB's SQL. FROM takes files ('in/*.parquet', 'x.csv', 'x.json',
  /// read_parquet(...)), folders of Parquet files, Delta tables ('lake/orders', or
  /// delta('lake/orders', version := 3)), and s3:// paths of any of these.
  std::string sql;
  /// A checkpoint's folder, whose state is there as the schema `state`; "": none. It is copied, so
  /// that a running pipeline is not disturbed.
  std::string checkpoint;
  QueryFormat format = QueryFormat::kTable;
  std::string output;             ///< a file; "": `write` gets the text
  std::uint64_t rows_max = 1000;  ///< that a table shows
};

/// Runs the query; any thread may call, `write` is called on that thread. Returns the number of
/// rows of the result; 0 with CSV and JSON on standard output. Errors: kUser, kTransient (a store
/// that does not answer), kCancelled.
Result<std::uint64_t> query(const QueryRequest& request,
                            const std::function<void(std::string_view)>& write,
                            std::stop_token stop);

}  // namespace sluice
