#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "sluice/base/result.h"
#include "sql/duckdb/database.h"

namespace sluice::sql {

/// DuckDB's syntax tree as json_serialize_sql gives it. A node has `class` (FUNCTION, COLUMN_REF,
/// CONSTANT, SUBQUERY, STAR, WINDOW ...) when it is an expression, `type` only when it is a query
/// (SELECT_NODE, SET_OPERATION_NODE) or a part of FROM (BASE_TABLE, JOIN ...), and most have
/// `query_location`, their byte offset in the text.
using sluice::Json;

/// The expressions in `SELECT <text>, <text> ...`; the texts are ours.
Result<std::vector<Json>> parse_expressions(Session& session,
                                            const std::vector<std::string>& texts);

/// SQL that parses to the same tree. Constants keep their types.
Result<std::string> query_text(Session& session, Json query);
Result<std::string> expression_text(Session& session, Json expression);

/// The query node of a subquery or CTE, which hold it one level down (`statement` may be it
/// already).
const Json& query_node(const Json& statement);

/// The expression class, or "" for all else.
std::string_view class_of(const Json& node);
std::string_view type_of(const Json& node);
bool is_class(const Json& node, std::string_view name);
/// Of a FUNCTION or WINDOW node, lower case.
std::string function_name(const Json& function);
std::string lower(std::string_view text);

/// Calls `visit` with the expressions below `node`, itself included, outermost first; goes below
/// those for which it returns true. Subqueries are visited as the expression they are, not entered.
void visit_expressions(const Json& node, const std::function<bool(const Json&)>& visit);

/// Adds `condition` to what follows WHERE, which may be null.
void add_condition(Json& where, Json condition);

/// A call of a function by its bare name, and a text; `place` is their query_location.
Json function_call(std::string_view name, Json arguments, Json place = 0);
Json text_constant(std::string_view text, Json place = 0);

/// The tree without places, aliases and the case of names: equal trees mean the same.
Json canonical(const Json& expression);

}  // namespace sluice::sql
