#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "data/parquet_rows.h"
#include "sluice/base/result.h"
#include "sql/duckdb/database.h"

namespace sluice::sql {

/// A table that a query of `sluice sql` reads by its path: FROM 'path', or
/// delta('path', version := 3, as_of := '2024-05-01').
struct QueryTable {
  std::string path;
  bool is_delta = false;  ///< delta() or delta_scan() says so; else the path decides
  std::optional<std::int64_t> version;
  std::optional<std::string> as_of;

  /// What SQL calls it.
  std::string name() const;
};

/// The tables that `query` names, each once, but its CTEs; names of real tables are among them.
/// kUser, with a caret under the place, unless the query is one SELECT statement.
Result<std::vector<QueryTable>> query_tables(Session& session, const std::string& query);

/// Makes `delta(...)` and `delta_scan(...)` known. Once a session.
Status define_delta_functions(Session& session);

/// Makes the name stand for the rows of `select`.
Status define_query_table(Session& session, const std::string& name, const std::string& select);

}  // namespace sluice::sql
