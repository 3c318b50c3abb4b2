#include "sql/udf/macros.h"

#include <set>
#include <utility>

#include "sql/duckdb/database_facts.h"
#include "sql/duckdb/duckdb_session.h"
#include "sql/tree/select_names.h"
#include "sql/tree/window_words.h"

namespace sluice::sql {
namespace {

constexpr std::string_view kSelect = "SELECT ";

/// `function` as a view of one expression, placed so that the expression is where it is in the
/// file.
ViewText text_of(const UserFunction& function) {
  ViewText text;
  text.name = "function " + function.name;
  text.sql = std::string(kSelect) + function.sql;
  text.location = function.sql_location;
  text.location.column -= static_cast<int>(kSelect.size());
  return text;
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as DuckDB's parser lets SQL be.
void add_lambda_names(const Json& node, std::set<std::string>& names) {
  if (!node.is_structured()) return;
  if (is_class(node, "LAMBDA")) names.merge(lambda_parameters(node));
  for (const Json& child : node) add_lambda_names(child, names);
}

class Body {
 public:
  Body(const UserFunction& function, const ViewSql& view, const Json& expression)
      : function_(function), view_(view) {
    add_lambda_names(expression, lambda_names_);
  }

  /// Whether all of its names are arguments, and nothing is in it that must not be.
  // NOLINTNEXTLINE(misc-no-recursion): as deep as DuckDB's parser lets SQL be.
  Status check(const Json& node) const {
    if (!node.is_structured()) return {};
    const std::string_view name = class_of(node);
    if (name == "CONSTANT") return {};
    if (name == "SUBQUERY") {
      return view_.error(node, "a subquery is not possible; it belongs into a view");
    }
    if (name == "STAR" || name == "PARAMETER" || name == "POSITIONAL_REFERENCE") {
      return view_.error(node, "only its arguments can be named" + list());
    }
    if (name == "WINDOW") {
      return view_.error(node, "OVER is not possible; it belongs into a view");
    }
    if (name == "FUNCTION" && function_name(node) == lower(function_.name)) {
      return view_.error(node, "calls itself");
    }
    if (name == "COLUMN_REF") {
      const std::string first = lower(node["column_names"][0].get<std::string>());
      if (is_argument(first) && lambda_names_.contains(first)) {
        return view_.error(node, "a lambda's parameter '" + first +
                                     "' has the name of an argument; give it another");
      }
      if (!is_argument(first) && !lambda_names_.contains(first)) {
        return view_.error(node, "there is no argument '" +
                                     node["column_names"][0].get<std::string>() + "'" + list());
      }
      return {};
    }
    for (const auto& [key, child] : node.items()) SLUICE_TRY(check(child));
    return {};
  }

  /// With a cast around each argument that has a type.
  // NOLINTNEXTLINE(misc-no-recursion): as deep as DuckDB's parser lets SQL be.
  Status cast_arguments(Session& session, Json& node) const {
    if (!node.is_structured() || is_class(node, "CONSTANT")) return {};
    if (is_class(node, "COLUMN_REF") && node["column_names"].size() == 1) {
      const std::string name = lower(node["column_names"][0].get<std::string>());
      for (const UserFunction::Argument& argument : function_.arguments) {
        if (lower(argument.name) != name || !argument.type) continue;
        SLUICE_ASSIGN(node, cast(session, std::move(node), *argument.type));
        return {};
      }
      return {};
    }
    for (auto& [key, child] : node.items()) SLUICE_TRY(cast_arguments(session, child));
    return {};
  }

  static Result<Json> cast(Session& session, Json value, const data::Type& type) {
    SLUICE_ASSIGN(std::vector<Json> made,
                  parse_expressions(session, {"CAST(NULL AS " + type.to_string() + ")"}));
    made[0]["child"] = std::move(value);
    return std::move(made[0]);
  }

 private:
  bool is_argument(const std::string& name) const {
    for (const UserFunction::Argument& argument : function_.arguments) {
      if (lower(argument.name) == name) return true;
    }
    return false;
  }

  std::string list() const {
    std::string names;
    for (const UserFunction::Argument& argument : function_.arguments) {
      names += (names.empty() ? "" : ", ") + argument.name;
    }
    return names.empty() ? "; it has none (args)" : "; it has: " + names;
  }

  const UserFunction& function_;
  const ViewSql& view_;
  std::set<std::string> lambda_names_;
};

MacroText macro_text(const UserFunction& function) {
  MacroText text{.arguments = {}, .body = function.sql, .returns = ""};
  for (const UserFunction::Argument& argument : function.arguments) {
    text.arguments.push_back(
        {lower(argument.name), argument.type ? argument.type->to_string() : ""});
  }
  if (function.returns) text.returns = function.returns->to_string();
  return text;
}

/// The one expression of `SELECT <expression>`, with nothing else beside it.
Result<Json> one_expression(const ViewSql& view) {
  const Json& query = view.query();
  const bool is_select = type_of(query) == "SELECT_NODE";
  const bool is_plain = is_select && query["select_list"].size() == 1 &&
                        type_of(query["from_table"]) == "EMPTY" &&
                        query["where_clause"].is_null() && query["having"].is_null() &&
                        query["group_expressions"].empty() && query["modifiers"].empty();
  if (!is_plain || !query["select_list"][0].value("alias", "").empty()) {
    return view.error("is to be one SQL expression over its arguments, such as price * (1 - rate)");
  }
  return query["select_list"][0];
}

/// All nodes of the expression are where the call is.
// NOLINTNEXTLINE(misc-no-recursion): as deep as DuckDB's parser lets SQL be.
void move_to(Json& node, const Json& place) {
  if (!node.is_structured()) return;
  if (node.is_object() && node.contains("query_location")) node["query_location"] = place;
  for (auto& child : node) move_to(child, place);
}

/// `value`, and the fields of it that `names` has after the first.
Json field_of(Json value, const Json& names, const Json& place) {
  if (is_class(value, "COLUMN_REF")) {
    for (std::size_t i = 1; i < names.size(); ++i) value["column_names"].push_back(names[i]);
    return value;
  }
  for (std::size_t i = 1; i < names.size(); ++i) {
    value = function_call(
        "struct_extract",
        Json::array({std::move(value), text_constant(names[i].get<std::string>(), place)}), place);
  }
  return value;
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as DuckDB's parser lets SQL be.
void put_arguments(Json& node, const std::map<std::string, Json>& values, const Json& place) {
  if (!node.is_structured() || is_class(node, "CONSTANT")) return;
  if (is_class(node, "COLUMN_REF")) {
    const Json names = node["column_names"];
    const auto value = values.find(lower(names[0].get<std::string>()));
    if (value != values.end()) node = field_of(value->second, names, place);
    return;
  }
  for (auto& child : node) put_arguments(child, values, place);
}

}  // namespace

Result<Macros> Macros::make(Session& session, const std::vector<UserFunction>& functions) {
  Macros made;
  std::set<std::string> to_come;
  for (const UserFunction& function : functions) {
    to_come.insert(lower(function.name));
  }
  for (const UserFunction& function : functions) {
    const ViewText text = text_of(function);
    SLUICE_ASSIGN(const ViewSql view, ViewSql::parse(session, text));
    SLUICE_ASSIGN(Json expression, one_expression(view));
    const Body body(function, view, expression);
    SLUICE_TRY(body.check(expression));
    SLUICE_TRY(made.expand_below(session, view, expression, /*is_item=*/false));
    Status order;
    visit_expressions(expression, [&](const Json& node) {
      const bool calls = is_class(node, "FUNCTION") && to_come.contains(function_name(node));
      if (calls) {
        order = view.error(node, "calls '" + function_name(node) +
                                     "', which is below it in the file: put that one above it");
      }
      return order.has_value();
    });
    SLUICE_TRY(std::move(order));
    SLUICE_TRY(body.cast_arguments(session, expression));
    if (function.returns) {
      SLUICE_ASSIGN(expression, Body::cast(session, std::move(expression), *function.returns));
    }
    Macro macro{.name = function.name, .arguments = {}, .body = std::move(expression)};
    for (const UserFunction::Argument& argument : function.arguments) {
      macro.arguments.push_back(argument.name);
    }
    to_come.erase(lower(function.name));
    made.texts_.emplace(lower(function.name), macro_text(function));
    made.macros_.emplace(lower(function.name), std::move(macro));
  }
  return made;
}

/// `call` in the words of the macro's body.
Result<Json> Macros::expanded(const ViewSql& view, const Macro& macro, Json& call) const {
  const bool is_plain =
      is_class(call, "FUNCTION") && !call.value("distinct", false) &&
      call.value("filter", Json()).is_null() &&
      call.value("order_bys", Json::object()).value("orders", Json::array()).empty();
  if (!is_plain) {
    return view.error(call, macro.name +
                                "() is a function of this file's own, which takes no OVER, "
                                "DISTINCT, FILTER or ORDER BY; put that into its expression, or "
                                "into the view");
  }
  Json& given = call["children"];
  if (given.size() != macro.arguments.size()) {
    std::string names;
    for (const std::string& name : macro.arguments) names += (names.empty() ? "" : ", ") + name;
    const std::size_t count = macro.arguments.size();
    return view.error(call, macro.name + "() takes " + std::to_string(count) +
                                (count == 1 ? " argument" : " arguments") +
                                (names.empty() ? "" : " (" + names + ")") + ", not " +
                                std::to_string(given.size()));
  }
  std::map<std::string, Json> values;
  for (std::size_t i = 0; i < given.size(); ++i) {
    // net(price := 1, rate := 2) has names.
    const std::string named = lower(given[i].value("alias", ""));
    const std::string name = lower(macro.arguments[i]);
    if (!named.empty() && named != name) {
      return view.error(given[i], "argument " + std::to_string(i + 1) + " of " + macro.name +
                                      "() is '" + macro.arguments[i] +
                                      "'; give them in this order");
    }
    given[i]["alias"] = "";
    values[name] = std::move(given[i]);
  }
  const Json place = call.value("query_location", Json(0));
  Json made = macro.body;
  move_to(made, place);
  put_arguments(made, values, place);
  return made;
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as DuckDB's parser lets SQL be.
Result<bool> Macros::expand_below(Session& session, const ViewSql& view, Json& node,
                                  bool is_item) const {
  bool any = false;
  if (!node.is_structured() || is_class(node, "CONSTANT")) return any;
  const bool is_call = is_class(node, "FUNCTION") || is_class(node, "WINDOW");
  const auto macro = is_call ? macros_.find(function_name(node)) : macros_.end();
  std::string alias;
  if (macro != macros_.end()) {
    alias = node.value("alias", "");
    // A column is named as it was written.
    if (alias.empty() && is_item) {
      SLUICE_ASSIGN(alias, expression_text(session, node));
    }
  }
  for (auto& [key, child] : node.items()) {
    if (key == "select_list" && child.is_array()) {
      for (Json& item : child) {
        SLUICE_ASSIGN(const bool below, expand_below(session, view, item, true));
        any = any || below;
      }
      continue;
    }
    SLUICE_ASSIGN(const bool below, expand_below(session, view, child, false));
    any = any || below;
  }
  if (macro == macros_.end()) return any;
  SLUICE_ASSIGN(node, expanded(view, macro->second, node));
  node["alias"] = alias;
  return true;
}

Result<bool> Macros::expand(Session& session, const ViewSql& view, Json& query) const {
  return expand_below(session, view, query, /*is_item=*/false);
}

Result<bool> expand_macros(Session& session, const ViewSql& view, Json& query) {
  const auto& macros = DuckdbSession::of(session).facts()->macros;
  if (macros == nullptr) return false;
  return macros->expand(session, view, query);
}

Result<std::string> sql_without_macros(Session& session, const ViewText& view) {
  if (DuckdbSession::of(session).facts()->macros == nullptr) return view.sql;
  SLUICE_ASSIGN(const ViewSql parsed, ViewSql::parse(session, view));
  Json query = parsed.query();
  SLUICE_ASSIGN(const bool any, expand_macros(session, parsed, query));
  if (!any) return view.sql;
  ViewText written = view;
  written.sql = with_macro_texts(view.sql, DuckdbSession::of(session).facts()->macros->texts());
  const auto again = ViewSql::parse(session, written);
  if (again && canonical(again->query()) == canonical(query)) return written.sql;
  // What DuckDB prints is right, and harder to read.
  SLUICE_ASSIGN(std::string text, query_text(session, std::move(query)));
  return without_window_marks(std::move(text));
}

}  // namespace sluice::sql
