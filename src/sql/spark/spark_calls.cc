#include "sql/spark/spark_calls.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "sql/duckdb/database_facts.h"
#include "sql/duckdb/duckdb_session.h"
#include "sql/functions/spark_functions.h"
#include "sql/spark/json_calls.h"

namespace sluice::sql {
namespace {

bool is_posexplode(const Json& node) {
  if (!is_class(node, "FUNCTION") || node["children"].size() != 1) return false;
  const std::string name = function_name(node);
  return name == "posexplode" || name == "posexplode_outer";
}

/// named_struct('a', x, 'b', y) with texts for names.
bool is_named_struct(const Json& node) {
  const Json& children = node["children"];
  if (children.empty() || children.size() % 2 != 0) return false;
  for (std::size_t i = 0; i < children.size(); i += 2) {
    if (!is_class(children[i], "CONSTANT") || !children[i]["value"]["value"].is_string()) {
      return false;
    }
  }
  return true;
}

bool is_renamed(const Json& node) {
  return is_class(node, "FUNCTION") && node.value("schema", "").empty() &&
         !private_name(function_name(node)).empty();
}

/// A cast to an instant. DuckDB's takes the second of two times where the clock is put back.
bool is_instant_cast(const Json& node) {
  return is_class(node, "CAST") && node["cast_type"].value("id", "") == "TIMESTAMP WITH TIME ZONE";
}

/// `zoned`: the session's clock changes, unlike UTC's.
bool is_replaced(const Json& node, bool zoned) {
  if (is_json_call(node) || is_renamed(node) || (zoned && is_instant_cast(node))) return true;
  if (!is_class(node, "FUNCTION") || node["children"].empty()) return false;
  const std::string name = function_name(node);
  return name == "format_string" || name == "struct" ||
         (name == "named_struct" && is_named_struct(node));
}

bool has_any(const Json& node, bool zoned) {
  if (!node.is_structured()) return false;
  if (is_replaced(node, zoned) || is_posexplode(node)) return true;
  const bool lambdas = takes_lambdas(node);
  for (const auto& [key, child] : node.items()) {
    if (lambdas && key == "children") {
      for (const Json& argument : child) {
        if (has_any(is_class(argument, "LAMBDA") ? argument["expr"] : argument, zoned)) return true;
      }
    } else if (has_any(child, zoned)) {
      return true;
    }
  }
  return false;
}

/// Fields are the arguments' aliases.
void name_fields(Json& call) {
  Json fields = Json::array();
  Json& children = call["children"];
  const bool named = function_name(call) == "named_struct";
  for (std::size_t i = 0; i < children.size(); i += named ? 2 : 1) {
    Json field = named ? children[i + 1] : children[i];
    if (named) {
      field["alias"] = children[i]["value"]["value"];
    } else if (field.value("alias", "").empty()) {
      field["alias"] = is_class(field, "COLUMN_REF") ? field["column_names"].back()
                                                     : Json("col" + std::to_string(i + 1));
    }
    fields.push_back(std::move(field));
  }
  children = std::move(fields);
  call["function_name"] = "struct_pack";
}

/// coalesce(sluice_instant(x), CAST(x AS TIMESTAMPTZ)): what ours does not read is DuckDB's to read
/// or to refuse.
void replace_cast(Json& cast) {
  Json ours = function_call("sluice_instant", Json::array({cast["child"]}), cast["query_location"]);
  Json alias = cast["alias"];
  cast["alias"] = "";
  Json place = cast["query_location"];
  cast = {{"class", "OPERATOR"},
          {"type", "OPERATOR_COALESCE"},
          {"alias", std::move(alias)},
          {"query_location", std::move(place)},
          {"children", Json::array({std::move(ours), cast})}};
}

Status replace_calls(Session& session, const ViewSql& view, Json& node, bool zoned) {
  if (!node.is_structured()) return {};
  const bool lambdas = takes_lambdas(node);
  for (auto& [key, child] : node.items()) {
    if (!lambdas || key != "children") {
      SLUICE_TRY(replace_calls(session, view, child, zoned));
      continue;
    }
    for (Json& argument : child) {
      Json& inside = is_class(argument, "LAMBDA") ? argument["expr"] : argument;
      SLUICE_TRY(replace_calls(session, view, inside, zoned));
    }
  }
  keep_digits(node);
  if (!is_replaced(node, zoned)) return {};
  if (is_json_call(node)) return replace_json_call(session, view, node);
  if (is_instant_cast(node)) {
    replace_cast(node);
    return {};
  }
  const std::string name = function_name(node);
  if (name == "format_string") {
    node["function_name"] = "printf";
  } else if (is_renamed(node)) {
    node["function_name"] = private_name(name);
  } else {
    name_fields(node);
  }
  return {};
}

/// The columns pos and col that stand for one item of a select list.
Result<std::vector<Json>> exploded(Session& session, const Json& call) {
  SLUICE_ASSIGN(const std::string list, expression_text(session, call["children"][0]));
  const std::string all = "(" + list + ")";
  const bool outer = function_name(call) == "posexplode_outer";
  const auto or_null = [&](const std::string& elements) {
    return outer ? "CASE WHEN len(" + all + ") > 0 THEN " + elements + " ELSE [NULL] END"
                 : elements;
  };
  SLUICE_ASSIGN(std::vector<Json> items,
                parse_expressions(
                    session, {"CAST(unnest(" + or_null("range(len(" + all + "))") + ") AS INTEGER)",
                              "unnest(" + or_null(all) + ")"}));
  items[0]["alias"] = "pos";
  items[1]["alias"] = "col";
  for (Json& item : items) item["query_location"] = call["query_location"];
  return items;
}

/// Select lists below `node`: names for what is replaced, and two items for posexplode.
Status rewrite_lists(Session& session, Json& node, bool zoned) {
  if (!node.is_structured()) return {};
  for (Json& child : node) SLUICE_TRY(rewrite_lists(session, child, zoned));
  if (!node.is_object() || !node.contains("select_list")) return {};
  Json list = Json::array();
  for (Json& item : node["select_list"]) {
    if (is_posexplode(item) && item.value("alias", "").empty()) {
      SLUICE_ASSIGN(std::vector<Json> items, exploded(session, item));
      for (Json& made : items) list.push_back(std::move(made));
      continue;
    }
    if (item.value("alias", "x").empty() && has_any(item, zoned)) {
      SLUICE_ASSIGN(item["alias"], expression_text(session, item));
    }
    list.push_back(std::move(item));
  }
  node["select_list"] = std::move(list);
  return {};
}

}  // namespace

Result<bool> replace_spark_calls(Session& session, const ViewSql& view, Json& query) {
  const bool zoned = !DuckdbSession::of(session).facts()->zone.get()->is_utc();
  if (!has_any(query, zoned)) return false;
  SLUICE_TRY(rewrite_lists(session, query, zoned));
  SLUICE_TRY(replace_calls(session, view, query, zoned));
  return true;
}

}  // namespace sluice::sql
