#include "sql/spark/json_calls.h"

#include <optional>
#include <set>
#include <string>
#include <utility>

#include "formats/json_path.h"
#include "sql/functions/json_functions.h"
#include "sql/spark/spark_schema.h"

namespace sluice::sql {
namespace {

bool is_text(const Json& node) {
  return is_class(node, "CONSTANT") && node["value"].value("value", Json()).is_string() &&
         node["value"]["type"]["id"] == "VARCHAR";
}

/// The path as sluice_json_get takes it, or "" where DuckDB must do it itself. A path may be "".
std::optional<std::string> constant_path(const Json& node) {
  if (is_text(node)) {
    const auto text = node["value"]["value"].get<std::string>();
    // What begins with # would be taken for a number.
    if (text.starts_with('#') || !formats::JsonPath::parse(text)) return std::nullopt;
    return text;
  }
  if (!is_class(node, "CONSTANT") || !node["value"].value("value", Json()).is_number_integer()) {
    return std::nullopt;
  }
  return "#" + std::to_string(node["value"]["value"].get<std::int64_t>());
}

/// "" for what is none of DuckDB's names for -> and ->>.
std::string extraction(const Json& call) {
  if (is_class(call, "LAMBDA")) return constant_path(call["expr"]) ? "sluice_json_get" : "";
  if (!is_class(call, "FUNCTION") || call["children"].size() != 2 ||
      !call.value("schema", "").empty() || !constant_path(call["children"][1])) {
    return "";
  }
  const std::string name = function_name(call);
  if (name == "->>" || name == "json_extract_string" || name == "json_extract_path_text") {
    return "sluice_json_text";
  }
  return name == "->" || name == "json_extract" || name == "json_extract_path" ? "sluice_json_get"
                                                                               : "";
}

bool is_call_of(const Json& node, std::string_view name) {
  return is_class(node, "FUNCTION") && node.value("schema", "").empty() &&
         function_name(node) == name;
}

void become_call(Json& node, const std::string& name, Json children) {
  Json alias = node.value("alias", "");
  node = function_call(name, std::move(children), node["query_location"]);
  node["alias"] = std::move(alias);
}

void replace_extraction(Json& call, const std::string& name) {
  const bool arrow = is_class(call, "LAMBDA");
  Json value = arrow ? std::move(call["lhs"]) : std::move(call["children"][0]);
  const Json& path = arrow ? call["expr"] : call["children"][1];
  Json text = text_constant(*constant_path(path), path["query_location"]);
  become_call(call, name, Json::array({std::move(value), std::move(text)}));
}

Status replace_from_json(Session& session, const ViewSql& view, Json& call) {
  const Json& children = call["children"];
  if (children.size() == 3) {
    return view.error(children[2],
                      "options of from_json are not supported: it reads as Spark's mode PERMISSIVE "
                      "does; read dates in other forms as STRING and convert them with to_date(x, "
                      "pattern)");
  }
  if (!is_text(children[1])) {
    return view.error(children[1],
                      "the schema of from_json must be a text, such as 'a INT, b ARRAY<STRING>'");
  }
  auto type = from_json_type(children[1]["value"]["value"].get<std::string>());
  if (!type) return view.error(children[1], type.error().message());
  auto name = from_json_function(DuckdbSession::of(session), *type);
  if (!name) return view.error(children[1], name.error().message());
  become_call(call, *name, Json::array({children[0]}));
  return {};
}

}  // namespace

void keep_digits(Json& node) {
  if (!is_class(node, "CAST") || node["cast_type"]["id"] != "DECIMAL") return;
  Json& child = node["child"];
  if (is_call_of(child, "sluice_json_get")) child["function_name"] = "sluice_json_text";
}

bool takes_lambdas(const Json& node) {
  static const std::set<std::string> names = {
      "list_transform", "array_transform", "list_apply",  "array_apply",  "apply",  "transform",
      "list_filter",    "array_filter",    "list_reduce", "array_reduce", "reduce", "filter"};
  return is_class(node, "FUNCTION") && names.contains(function_name(node));
}

bool is_json_call(const Json& node) {
  if (is_call_of(node, "from_json")) return node["children"].size() >= 2;
  if (is_call_of(node, "to_json")) return node["children"].size() == 1;
  return !extraction(node).empty();
}

Status replace_json_call(Session& session, const ViewSql& view, Json& call) {
  if (is_call_of(call, "from_json")) return replace_from_json(session, view, call);
  if (is_call_of(call, "to_json")) {
    become_call(call, "sluice_to_json", Json::array({call["children"][0]}));
  } else {
    replace_extraction(call, extraction(call));
  }
  return {};
}

}  // namespace sluice::sql
