#pragma once

#include <string_view>

#include "data/type.h"
#include "sluice/base/result.h"

namespace sluice::sql {

/// The type that a schema of from_json means: in Spark's words (`a INT, b ARRAY<STRING>`,
/// `STRUCT<a: INT>`, `MAP<STRING, BIGINT>`) or in DuckDB's (`{"a": "INTEGER", "b": ["VARCHAR"]}`).
/// kUser: what is wrong and where in the text.
Result<data::Type> from_json_type(std::string_view schema);

}  // namespace sluice::sql
