#include "sql/tree/ast.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>

#include "base/json.h"
#include "data/type.h"

namespace sluice::sql {
namespace {

/// A DOUBLE constant prints as 10000000000.0, which would be read as a DECIMAL: write a cast.
Json double_cast(const Json& constant) {
  const double value = constant["value"]["value"].get<double>();
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  return Json{{"class", "CAST"},
              {"type", "OPERATOR_CAST"},
              {"alias", constant.value("alias", "")},
              {"query_location", constant["query_location"]},
              {"child",
               {{"class", "CONSTANT"},
                {"type", "VALUE_CONSTANT"},
                {"alias", ""},
                {"query_location", constant["query_location"]},
                {"value",
                 {{"type", {{"id", "VARCHAR"}, {"type_info", nullptr}}},
                  {"is_null", false},
                  {"value", std::string(text, end)}}}}},
              {"cast_type", {{"id", "DOUBLE"}, {"type_info", nullptr}}},
              {"try_cast", false}};
}

void keep_doubles(Json& node) {
  if (is_class(node, "CONSTANT")) {
    const Json& value = node["value"];
    if (value["type"]["id"] == "DOUBLE" && value["value"].is_number()) node = double_cast(node);
    return;
  }
  if (!node.is_structured()) return;
  for (Json& child : node) keep_doubles(child);
}

/// DuckDB prints VALUES in FROM as a subquery around it.
void unwrap_values(Json& node) {
  if (!node.is_structured()) return;
  for (Json& child : node) unwrap_values(child);
  if (type_of(node) != "SUBQUERY" || node.value("alias", "") != "valueslist") return;
  Json from = query_node(node["subquery"]).value("from_table", Json());
  if (type_of(from) == "EXPRESSION_LIST") node = std::move(from);
}

}  // namespace

Result<std::vector<Json>> parse_expressions(Session& session,
                                            const std::vector<std::string>& texts) {
  std::string select = "SELECT ";
  for (std::size_t i = 0; i < texts.size(); ++i) select += (i > 0 ? ", " : "") + texts[i];
  SLUICE_ASSIGN(const auto text, session.call("json_serialize_sql", select));
  Json answer = parse_json(text.value_or(""));
  if (answer.is_discarded() || answer.value("error", true) ||
      answer["statements"][0]["node"]["select_list"].size() != texts.size()) {
    return internal_error("expressions do not parse: " + select);
  }
  return answer["statements"][0]["node"]["select_list"].get<std::vector<Json>>();
}

Result<std::string> query_text(Session& session, Json query) {
  keep_doubles(query);
  const Json statements = {
      {"error", false},
      {"statements", Json::array({{{"node", query}, {"named_param_map", Json::array()}}})}};
  SLUICE_ASSIGN(auto text, session.call("json_deserialize_sql", dump_json(statements)));
  if (!text) return internal_error("a tree has no text");
  // DuckDB's printer loses brackets in rare places (around joins): rather none than other SQL.
  SLUICE_ASSIGN(const auto again, session.call("json_serialize_sql", *text));
  Json answer = parse_json(again.value_or(""));
  unwrap_values(answer);
  unwrap_values(query);
  if (!answer.is_object() || answer.value("error", true) ||
      canonical(answer["statements"][0]["node"]) != canonical(query)) {
    return user_error("the SQL is too complex to take apart (" + *text +
                      "); move joins and subqueries into a view that it reads");
  }
  return *std::move(text);
}

Result<std::string> expression_text(Session& session, Json expression) {
  expression["alias"] = "";
  static const Json kSelect = parse_json(R"({
      "type": "SELECT_NODE", "modifiers": [], "cte_map": {"map": []}, "select_list": [],
      "from_table": {"type": "EMPTY", "alias": "", "sample": null, "query_location": 0},
      "where_clause": null, "group_expressions": [], "group_sets": [],
      "aggregate_handling": "STANDARD_HANDLING", "having": null, "sample": null,
      "qualify": null})");
  Json query = kSelect;
  query["select_list"].push_back(std::move(expression));
  SLUICE_ASSIGN(std::string text, query_text(session, std::move(query)));
  constexpr std::string_view kPrefix = "SELECT ";
  if (!text.starts_with(kPrefix)) return internal_error("an expression has no text: " + text);
  return text.substr(kPrefix.size());
}

const Json& query_node(const Json& statement) {
  return statement.contains("node") ? statement["node"] : statement;
}

std::string_view class_of(const Json& node) {
  if (!node.is_object()) return {};
  const auto found = node.find("class");
  if (found == node.end() || !found->is_string()) return {};
  return found->get_ref<const std::string&>();
}

std::string_view type_of(const Json& node) {
  if (!node.is_object()) return {};
  const auto found = node.find("type");
  if (found == node.end() || !found->is_string()) return {};
  return found->get_ref<const std::string&>();
}

bool is_class(const Json& node, std::string_view name) { return class_of(node) == name; }

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char character) {
    return static_cast<char>(character < 128 ? std::tolower(character) : character);
  });
  return out;
}

std::string function_name(const Json& function) {
  return lower(function["function_name"].get_ref<const std::string&>());
}

void add_condition(Json& where, Json condition) {
  if (where.is_null()) {
    where = std::move(condition);
    return;
  }
  // The parser keeps a AND b AND c as one list.
  if (type_of(where) == "CONJUNCTION_AND") {
    where["children"].push_back(std::move(condition));
    return;
  }
  Json both = {{"class", "CONJUNCTION"},
               {"type", "CONJUNCTION_AND"},
               {"alias", ""},
               {"query_location", where.value("query_location", std::uint64_t{0})}};
  both["children"] = Json::array({std::move(where), std::move(condition)});
  where = std::move(both);
}

void visit_expressions(const Json& node, const std::function<bool(const Json&)>& visit) {
  if (!node.is_structured()) return;
  const std::string_view name = class_of(node);
  if (!name.empty() && !visit(node)) return;
  if (name == "CONSTANT") return;
  for (const auto& [key, child] : node.items()) {
    if (key == "subquery" || key == "from_table" || key == "cte_map") continue;
    visit_expressions(child, visit);
  }
}

namespace {

Json without_places(const Json& expression) {
  if (expression.is_array()) {
    Json out = Json::array();
    for (const Json& child : expression) out.push_back(without_places(child));
    return out;
  }
  if (!expression.is_object()) return expression;
  Json out = Json::object();
  for (const auto& [key, child] : expression.items()) {
    if (key == "query_location" || key == "is_operator") continue;
    // Names of struct fields and arguments are aliases too, but below the expression itself.
    if (key == "column_names" || key == "function_name") {
      out[key] = parse_json(lower(dump_json(child)));
    } else {
      out[key] = without_places(child);
    }
  }
  return out;
}

}  // namespace

Json function_call(std::string_view name, Json arguments, Json place) {
  return {{"class", "FUNCTION"},
          {"type", "FUNCTION"},
          {"alias", ""},
          {"query_location", std::move(place)},
          {"function_name", std::string(name)},
          {"schema", ""},
          {"children", std::move(arguments)},
          {"filter", nullptr},
          {"order_bys", {{"type", "ORDER_MODIFIER"}, {"orders", Json::array()}}},
          {"distinct", false},
          {"is_operator", false},
          {"export_state", false},
          {"catalog", ""}};
}

Json text_constant(std::string_view text, Json place) {
  return {{"class", "CONSTANT"},
          {"type", "VALUE_CONSTANT"},
          {"alias", ""},
          {"query_location", std::move(place)},
          {"value",
           {{"type", {{"id", "VARCHAR"}, {"type_info", nullptr}}},
            {"is_null", false},
            {"value", std::string(text)}}}};
}

Json canonical(const Json& expression) {
  Json out = without_places(expression);
  out["alias"] = "";
  return out;
}

}  // namespace sluice::sql
