#pragma once

#include "sluice/base/result.h"
#include "sql/tree/ast.h"
#include "sql/tree/view_sql.h"

namespace sluice::sql {

/// Whether the node is a call that json_functions.h has a function for: from_json, to_json, -> and
/// ->> (and the names that they have besides) of a constant path that is not a pattern. An arrow
/// that is the argument of a function of lambdas is none.
bool is_json_call(const Json& node);

/// Puts that function in its place. kUser: a schema of from_json that is none, with its place.
Status replace_json_call(Session& session, const ViewSql& view, Json& call);

/// CAST(j -> 'a' AS DECIMAL) becomes that of the text, since DuckDB casts JSON through a DOUBLE.
/// After the arrow has been replaced; all else stays.
void keep_digits(Json& node);

/// Whether the children of a FUNCTION may be lambdas, x -> x + 1.
bool takes_lambdas(const Json& node);

}  // namespace sluice::sql
