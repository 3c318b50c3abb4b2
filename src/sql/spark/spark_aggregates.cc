#include "sql/spark/spark_aggregates.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "sql/tree/function_catalog.h"
#include "sql/tree/select_names.h"

namespace sluice::sql {
namespace {

/// A call with that many arguments, and what replaces it; a0 and a1 are the arguments.
struct Replacement {
  std::string_view name;
  std::size_t arguments;
  std::string_view text;
};

constexpr std::string_view kList = "coalesce(list(a0) FILTER (WHERE a0 IS NOT NULL), [])";
constexpr std::string_view kSet = "coalesce(list(DISTINCT a0) FILTER (WHERE a0 IS NOT NULL), [])";
constexpr std::string_view kGeomean = "exp(avg(ln(a0)))";
constexpr std::string_view kWeighted =
    "sum(a0 * a1) / sum(CASE WHEN a0 IS NOT NULL THEN a1 ELSE 0 END)";
constexpr std::string_view kLastOfAll = "last(a0) FILTER (WHERE a0 IS NOT NULL)";

constexpr Replacement kReplacements[] = {
    {"collect_list", 1, kList},
    {"collect_set", 1, kSet},
    {"every", 1, "bool_and(a0)"},
    {"std", 1, "stddev_samp(a0)"},
    {"first_value", 1, "first(a0)"},
    {"last_value", 1, "last(a0)"},
    // With true NULLs do not count.
    {"first", 2, "any_value(a0)"},
    {"first_value", 2, "any_value(a0)"},
    {"last", 2, kLastOfAll},
    {"last_value", 2, kLastOfAll},
    {"percentile", 2, "quantile_cont(CAST(a0 AS DOUBLE), a1)"},
    // All values are there, so that the exact value costs no more.
    {"approx_quantile", 2, "quantile_disc(a0, a1)"},
    {"approx_percentile", 2, "quantile_disc(a0, a1)"},
    {"approx_percentile", 3, "quantile_disc(a0, a1)"},
    {"percentile_approx", 2, "quantile_disc(a0, a1)"},
    {"percentile_approx", 3, "quantile_disc(a0, a1)"},
    {"geomean", 1, kGeomean},
    {"geometric_mean", 1, kGeomean},
    {"weighted_avg", 2, kWeighted},
    {"wavg", 2, kWeighted},
    {"json_group_array", 1,
     "CAST('[' || string_agg(CASE WHEN a0 IS NULL THEN CAST('null' AS JSON) ELSE "
     "system.main.to_json(a0) END, "
     "',') || ']' AS JSON)"},
    {"json_group_object", 2,
     "CAST('{' || string_agg(CASE WHEN a0 IS NULL THEN error('json_group_object key cannot be "
     "NULL') ELSE system.main.to_json(CAST(a0 AS VARCHAR)) END || ':' || CASE WHEN a1 IS NULL THEN "
     "CAST('null' AS JSON) ELSE system.main.to_json(a1) END, ',') || '}' AS JSON)"},
};

bool is_boolean(const Json& node, const char* value) {
  if (is_class(node, "CONSTANT")) return node["value"]["value"] == (*value == 't');
  return is_class(node, "CAST") && node["cast_type"]["id"] == "BOOLEAN" &&
         is_class(node["child"], "CONSTANT") && node["child"]["value"]["value"] == value;
}

/// What replaces `call`, or "".
std::string replacement_of(const Json& call) {
  const std::string name = function_name(call);
  const std::size_t count = call["children"].size();
  if (name == "count" && count > 1) {
    // A row counts when none of its columns is NULL.
    std::string all;
    std::string row;
    for (std::size_t i = 0; i < count; ++i) {
      const std::string argument = "a" + std::to_string(i);
      all += (i > 0 ? " AND " : "") + argument + " IS NOT NULL";
      row += (i > 0 ? ", " : "") + argument;
    }
    return "count(CASE WHEN " + all + " THEN row(" + row + ") END)";
  }
  for (const Replacement& entry : kReplacements) {
    if (entry.name != name || entry.arguments != count) continue;
    const bool ignores_nulls =
        count == 2 && (name.starts_with("first") || name.starts_with("last"));
    if (ignores_nulls && is_boolean(call["children"][1], "f")) {
      return name.starts_with("first") ? "first(a0)" : "last(a0)";
    }
    if (ignores_nulls && !is_boolean(call["children"][1], "t")) return "";
    return std::string(entry.text);
  }
  return "";
}

/// FILTER, DISTINCT and ORDER BY of `call` go to `aggregate`, which replaces it.
void hand_on(const Json& call, Json& aggregate) {
  aggregate["query_location"] = call["query_location"];
  if (call["distinct"].get<bool>()) aggregate["distinct"] = true;
  if (!call["order_bys"]["orders"].empty()) aggregate["order_bys"] = call["order_bys"];
  if (call["filter"].is_null()) return;
  if (aggregate["filter"].is_null()) {
    aggregate["filter"] = call["filter"];
    return;
  }
  aggregate["filter"] = {{"class", "CONJUNCTION"},
                         {"type", "CONJUNCTION_AND"},
                         {"alias", ""},
                         {"query_location", 0},
                         {"children", Json::array({aggregate["filter"], call["filter"]})}};
}

void fill_in(Json& node, const Json& call) {
  if (!node.is_structured()) return;
  if (is_class(node, "COLUMN_REF")) {
    node = call["children"][std::stoul(SelectNames::plain_name(node).substr(1))];
    return;
  }
  for (Json& child : node) fill_in(child, call);
  if (is_class(node, "FUNCTION") && is_aggregate(function_name(node))) hand_on(call, node);
}

Result<bool> replace(Session& session, Json& node) {
  if (!node.is_structured()) return false;
  bool changed = false;
  for (auto& [key, child] : node.items()) {
    SLUICE_ASSIGN(const bool below, replace(session, child));
    changed = changed || below;
  }
  if (!is_class(node, "FUNCTION")) return changed;
  const std::string text = replacement_of(node);
  if (text.empty()) return changed;
  SLUICE_ASSIGN(std::vector<Json> made, parse_expressions(session, {text}));
  fill_in(made[0], node);
  made[0]["alias"] = node["alias"];
  node = std::move(made[0]);
  return true;
}

bool has_any(const Json& node) {
  if (!node.is_structured()) return false;
  if (is_class(node, "FUNCTION") && !replacement_of(node).empty()) return true;
  return std::any_of(node.begin(), node.end(), has_any);
}

/// The columns of every SELECT below `node` that are to be replaced and have no name get theirs.
Status name_columns(Session& session, Json& node) {
  if (!node.is_structured()) return {};
  if (node.is_object() && node.contains("select_list")) {
    for (Json& item : node["select_list"]) {
      if (!item.value("alias", "x").empty() || !has_any(item)) continue;
      SLUICE_ASSIGN(item["alias"], expression_text(session, item));
    }
  }
  for (Json& child : node) SLUICE_TRY(name_columns(session, child));
  return {};
}

}  // namespace

Result<bool> replace_aggregates(Session& session, Json& query) {
  if (!has_any(query)) return false;
  SLUICE_TRY(name_columns(session, query));
  return replace(session, query);
}

}  // namespace sluice::sql
