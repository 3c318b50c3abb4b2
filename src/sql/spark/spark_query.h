#pragma once

#include <string>

#include "sluice/base/result.h"
#include "sql/duckdb/database.h"

namespace sluice::sql {

/// A query of `sluice sql` as DuckDB runs it: what Spark calls by names of its own (or by those of
/// DuckDB's functions, see spark_calls.h) is put into DuckDB's words, and the macros that it needs
/// are defined in `session`. A statement that is not a SELECT stays as it is. kUser: a schema of
/// from_json that is none, or SQL that cannot be written again.
Result<std::string> with_spark_functions(Session& session, const std::string& query);

}  // namespace sluice::sql
