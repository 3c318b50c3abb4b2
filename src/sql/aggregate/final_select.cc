#include "sql/aggregate/final_select.h"

#include <utility>

#include "sql/aggregate/aggregate_state.h"
#include "sql/tree/function_catalog.h"

namespace sluice::sql {
namespace {

/// Takes the place, in an expression, of the value of aggregate call number n, until the types of
/// the state's columns are known.
constexpr char kCallClass[] = "SLUICE_CALL";
/// Stands for GROUPING(...): `bits` are the places of its keys in the state's __grouping.
constexpr char kGroupingClass[] = "SLUICE_GROUPING";

/// As DuckDB numbers it: the last key is the lowest bit.
std::string grouping_text(const Json& bits) {
  std::string text = "0";
  for (const Json& bit : bits) {
    text =
        "(" + text + ") * 2 + ((__grouping >> " + std::to_string(bit.get<std::size_t>()) + ") & 1)";
  }
  return "CAST(" + text + " AS BIGINT)";
}

Json field_of(Json value, const Json& name) {
  return function_call("struct_extract",
                       Json::array({std::move(value), text_constant(name.get<std::string>())}));
}

}  // namespace

Result<FinalSelect> FinalSelect::make(const ViewSql& view, const SelectNames& names,
                                      const GroupKeys& keys, const data::Schema& bound,
                                      AggregateCalls& calls) {
  FinalSelect made(view, names, keys, calls);
  SLUICE_TRY(made.rewrite_all(bound));
  return made;
}

Status FinalSelect::rewrite_all(const data::Schema& bound) {
  Json& items = final_["select_list"];
  for (std::size_t i = 0; i < items.size(); ++i) {
    SLUICE_TRY(rewrite(items[i], false, {}));
    items[i]["alias"] = bound[i].name;
  }
  SLUICE_TRY(rewrite(final_["having"], true, {}));
  SLUICE_TRY(rewrite(final_["qualify"], true, {}));
  SLUICE_TRY(rewrite_modifiers());
  visit_expressions(final_["select_list"], [this](const Json& node) {
    complete_only_ = complete_only_ || is_class(node, "WINDOW");
    return !complete_only_;
  });
  complete_only_ = complete_only_ || !final_["qualify"].is_null() || !final_["modifiers"].empty();
  // What was HAVING filters the rows of the state.
  final_["where_clause"] = std::move(final_["having"]);
  final_["having"] = nullptr;
  final_["group_expressions"] = final_["group_sets"] = Json::array();
  final_["aggregate_handling"] = "STANDARD_HANDLING";
  final_["cte_map"]["map"] = Json::array();
  return {};
}

Status FinalSelect::rewrite_modifiers() {
  for (Json& modifier : final_["modifiers"]) {
    if (type_of(modifier) == "DISTINCT_MODIFIER") {
      SLUICE_TRY(rewrite(modifier["distinct_on_targets"], true, {}));
    }
    if (type_of(modifier) != "ORDER_MODIFIER") continue;
    for (Json& order : modifier["orders"]) {
      Json& expression = order["expression"];
      const std::string name = SelectNames::plain_name(expression);
      // Ordinals, aliases and ORDER BY ALL speak of the select list, which is still there.
      if (is_class(expression, "CONSTANT") || is_class(expression, "STAR")) continue;
      if (!name.empty() && names_.find_alias(name) != nullptr) continue;
      SLUICE_TRY(rewrite(expression, true, {}));
    }
  }
  return {};
}

/// Turns an expression over groups into one over the state's columns.
Status FinalSelect::rewrite(Json& node, bool having, const std::set<std::string>& parameters) {
  if (!node.is_structured()) return {};
  const std::string_view name = class_of(node);
  if (name == "CONSTANT") return {};
  if (name == "SUBQUERY") {
    return view_.error(node,
                       "a subquery beside aggregates is not possible; compute it in a view "
                       "that reads this one (mode: complete)");
  }
  if (type_of(node) == "GROUPING_FUNCTION") return rewrite_grouping(node);
  if (!name.empty() && name != "LAMBDA") {
    const Json tree = canonical(names_.expand(node));
    if (const std::size_t key = keys_.find(tree); key < keys_.size()) {
      // The alias names a field of a struct.
      node = {{"class", "COLUMN_REF"},
              {"type", "COLUMN_REF"},
              {"alias", node.value("alias", "")},
              {"query_location", 0},
              {"column_names", Json::array({keys_.name(key)})}};
      return {};
    }
  }
  if (name == "FUNCTION" && is_aggregate(function_name(node))) {
    // In the arguments names are columns first, in HAVING too.
    const Json call = names_.expand(node);
    SLUICE_ASSIGN(const std::size_t number, calls_.add(call));
    node = {{"class", kCallClass}, {"alias", node.value("alias", "")}, {"call", number}};
    return {};
  }
  if (name == "COLUMN_REF") {
    if (parameters.contains(lower(node["column_names"][0].get<std::string>()))) return {};
    return rewrite_field(node) ? Status() : rewrite_column(node, having);
  }
  std::set<std::string> inner = parameters;
  if (name == "LAMBDA") inner.merge(lambda_parameters(node));
  for (auto& [key, child] : node.items()) {
    if (name == "LAMBDA" && key == "lhs") continue;
    SLUICE_TRY(rewrite(child, having, inner));
  }
  return {};
}

Status FinalSelect::rewrite_grouping(Json& node) {
  Json bits = Json::array();
  for (const Json& child : node["children"]) {
    const std::size_t key = keys_.find(canonical(names_.expand(child)));
    if (key == keys_.size()) return view_.error(child, "GROUPING() takes keys of GROUP BY");
    // With one grouping no key is ever left out.
    if (!keys_.sets().empty()) bits.push_back(keys_.size() - 1 - key);
  }
  node = {{"class", kGroupingClass}, {"alias", node.value("alias", "")}, {"bits", std::move(bits)}};
  return {};
}

/// A field of a key that is a STRUCT: `w.start` with GROUP BY w.
bool FinalSelect::rewrite_field(Json& node) const {
  const Json parts = node["column_names"];
  for (std::size_t count = parts.size() - 1; count > 0; --count) {
    Json value = {{"class", "COLUMN_REF"},
                  {"type", "COLUMN_REF"},
                  {"alias", ""},
                  {"query_location", node["query_location"]},
                  {"column_names", Json::array()}};
    for (std::size_t i = 0; i < count; ++i) value["column_names"].push_back(parts[i]);
    const std::size_t key = keys_.find(canonical(names_.expand(value)));
    if (key == keys_.size()) continue;
    value["column_names"] = Json::array({keys_.name(key)});
    for (std::size_t i = count; i < parts.size(); ++i) value = field_of(std::move(value), parts[i]);
    value["alias"] = node.value("alias", "");
    node = std::move(value);
    return true;
  }
  return false;
}

Status FinalSelect::rewrite_column(Json& node, bool having) {
  const std::string name = SelectNames::plain_name(node);
  const Json* meant = name.empty() ? nullptr : names_.find_alias(name);
  if (meant != nullptr && (having || !names_.is_column(name))) {
    const Json alias = node["alias"];
    node = *meant;
    node["alias"] = alias;
    return rewrite(node, false, {});
  }
  return view_.error(node, "column " + node["column_names"].back().get<std::string>() +
                               " must be in GROUP BY, written the same way, or in an aggregate "
                               "such as any_value(" +
                               node["column_names"].back().get<std::string>() + ")");
}

Status FinalSelect::put_in_values(Session& session, Json& node,
                                  const std::vector<std::string>& types) const {
  if (!node.is_structured()) return {};
  if (is_class(node, kCallClass) || is_class(node, kGroupingClass)) {
    const std::string text = is_class(node, kGroupingClass) ? grouping_text(node["bits"])
                                                            : calls_.value(node["call"], types);
    SLUICE_ASSIGN(std::vector<Json> value, parse_expressions(session, {text}));
    value[0]["alias"] = node["alias"];
    node = std::move(value[0]);
    return {};
  }
  for (Json& child : node) SLUICE_TRY(put_in_values(session, child, types));
  return {};
}

Result<std::string> FinalSelect::text(Session& session, const std::vector<std::string>& types,
                                      const std::string& from) const {
  Json select = final_;
  SLUICE_TRY(put_in_values(session, select, types));
  SLUICE_ASSIGN(select["from_table"], parse_from(session, from));
  return query_text(session, std::move(select));
}

}  // namespace sluice::sql
