#pragma once

#include "base/result.h"
#include "sql/database.h"

namespace sluice::sql {

/// Defines Spark's functions that DuckDB lacks, as temp macros of `session`. What they do and where
/// they differ from Spark stands in docs/reference/spark-functions.md.
Status define_spark_functions(Session& session);

}  // namespace sluice::sql
