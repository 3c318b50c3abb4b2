#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>

#include "sluice/base/result.h"
#include "sql/duckdb/database.h"

namespace sluice::sql {

/// A function of Spark's that DuckDB lacks, as a macro: name, parameters and body, several with the
/// same name for several numbers of arguments.
struct SparkFunction {
  /// Lower case. What begins with `spark_` means the name after that prefix: DuckDB has a function
  /// of that name, which must keep its meaning in SQL of our own and in what DuckDB makes itself.
  std::string_view name;
  std::string_view parameters;
  std::string_view body;
};

/// All of them, those of one name together. What they do and where they differ from Spark is
/// written in docs/reference/spark-functions.md.
std::span<const SparkFunction> spark_functions();

/// Defines those of `names` (lower case) that are Spark's as temp macros of `session`; other names
/// are left alone. Defining all takes 50 ms, so the planner defines what views use.
Status define_spark_functions(Session& session, const std::set<std::string>& names);

/// What calls of the function `name` (lower case) become in a view: spark_to_timestamp for
/// to_timestamp; "" where they stay.
std::string private_name(std::string_view name);

/// What to write instead of a function of Spark's that does not exist here, or "".
std::string_view spark_advice(std::string_view name);

}  // namespace sluice::sql
