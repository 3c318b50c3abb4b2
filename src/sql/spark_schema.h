#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice::sql {

/// What json_transform calls a schema, of one in Spark's words: `a INT, b ARRAY<STRING>`,
/// `STRUCT<a: INT>`, `MAP<STRING, BIGINT>`. A schema in DuckDB's words (JSON) comes back as it is.
/// kUser: what is wrong and where in the text.
Result<std::string> json_shape(std::string_view schema);

}  // namespace sluice::sql
