#include "sql/tree/select_names.h"

#include <utility>

namespace sluice::sql {
namespace {

/// An alias may stand for an expression with another alias in it; no one nests them deeper.
constexpr int kAliasDepthMax = 64;

}  // namespace

std::set<std::string> lambda_parameters(const Json& lambda) {
  std::set<std::string> names;
  visit_expressions(lambda["lhs"], [&names](const Json& node) {
    if (is_class(node, "COLUMN_REF")) {
      names.insert(lower(node["column_names"].back().get<std::string>()));
    }
    return true;
  });
  return names;
}

std::string SelectNames::plain_name(const Json& node) {
  if (!is_class(node, "COLUMN_REF") || node["column_names"].size() != 1) return {};
  return lower(node["column_names"][0].get<std::string>());
}

Result<SelectNames> SelectNames::make(Session& session, const ViewSql& view) {
  SelectNames names;
  const Json& select = view.query();
  SLUICE_ASSIGN(const std::vector<Json> star, parse_expressions(session, {"*"}));
  Json rows = select;
  rows["select_list"] = star;
  rows["where_clause"] = rows["having"] = rows["qualify"] = nullptr;
  rows["group_expressions"] = rows["group_sets"] = rows["modifiers"] = Json::array();
  rows["aggregate_handling"] = "STANDARD_HANDLING";
  SLUICE_ASSIGN(const std::string text, query_text(session, std::move(rows)));
  SLUICE_ASSIGN(const data::Schema schema, session.describe(text));
  for (const data::Field& field : schema.fields()) names.columns_.insert(lower(field.name));

  const Json& from = select["from_table"];
  if (type_of(from) == "BASE_TABLE" || type_of(from) == "SUBQUERY") {
    names.relation_ = lower(from.value("alias", ""));
    if (names.relation_.empty()) names.relation_ = lower(from.value("table_name", ""));
  }
  for (const Json& item : select["select_list"]) {
    const std::string alias = lower(item.value("alias", ""));
    if (alias.empty() || names.aliases_.contains(alias)) continue;
    // Only aliases to its left are known to an item.
    Json expanded = names.expand(item);
    expanded["alias"] = "";
    names.aliases_[alias] = std::move(expanded);
  }
  return names;
}

const Json* SelectNames::find_alias(const std::string& name) const {
  const auto found = aliases_.find(name);
  return found == aliases_.end() ? nullptr : &found->second;
}

Json SelectNames::expand(Json expression) const {
  expand_in_place(expression, {}, 0);
  return expression;
}

void SelectNames::expand_in_place(Json& node, std::set<std::string> parameters, int depth) const {
  if (!node.is_structured() || depth > kAliasDepthMax) return;
  const std::string_view name = class_of(node);
  if (name == "CONSTANT" || name == "SUBQUERY") return;
  if (name == "LAMBDA") parameters.merge(lambda_parameters(node));
  if (name == "COLUMN_REF") {
    Json& parts = node["column_names"];
    if (parts.size() > 1 && !relation_.empty() && lower(parts[0].get<std::string>()) == relation_ &&
        !columns_.contains(relation_)) {
      parts.erase(parts.begin());
    }
    const std::string column = plain_name(node);
    if (column.empty() || columns_.contains(column) || parameters.contains(column)) return;
    if (const Json* meant = find_alias(column)) {
      const std::string alias = node.value("alias", "");
      node = *meant;
      node["alias"] = alias;
    }
    return;
  }
  for (auto& [key, child] : node.items()) expand_in_place(child, parameters, depth + 1);
}

}  // namespace sluice::sql
