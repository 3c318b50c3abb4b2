#pragma once

#include <string>
#include <string_view>

#include "data/type.h"
#include "sluice/base/result.h"
#include "sql/duckdb/duckdb_session.h"

namespace sluice::sql {

/// Registers, for the whole database, what reads and writes JSON. No number passes through a double
/// on the way, unless Spark's rule says so.
///   sluice_to_json(any) -> JSON: Spark's to_json (formats::JsonForm::kSpark)
///   sluice_json(any) -> VARCHAR: the value as JSON (formats::JsonForm::kLines)
///   sluice_json_get(any, path) -> JSON and sluice_json_text(any, path) -> VARCHAR: DuckDB's -> and
///     ->> of a text, a BLOB of UTF-8, or the JSON of another value. The path is a JsonPath, or a
///     number as text where it begins with '#'
///   sluice_get_json_object(VARCHAR, VARCHAR) -> VARCHAR: Spark's
Status register_json_functions(DuckdbSession& session);

/// The name of the function VARCHAR -> `type` that is Spark's from_json for this type, registered
/// the first time. kUser: nothing is read from JSON into such a type.
Result<std::string> from_json_function(DuckdbSession& session, const data::Type& type);

}  // namespace sluice::sql
