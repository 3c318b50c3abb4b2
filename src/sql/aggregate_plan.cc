#include "sql/aggregate_plan.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sql/aggregate_calls.h"
#include "sql/aggregate_state.h"
#include "sql/function_catalog.h"
#include "sql/select_names.h"

namespace sluice::sql {
namespace {

using data::quote_identifier;

/// An expression of GROUP BY.
struct Key {
  Json expression;  ///< aliases expanded
  Json tree;        ///< canonical
};

/// Stands in a final expression for the value of aggregate call number n, until the types of the
/// state's columns are known.
constexpr char kCallClass[] = "SLUICE_CALL";

class Planner {
 public:
  Planner(Session& session, const ViewSql& view, const data::Schema& bound, SelectNames names)
      : session_(session),
        view_(view),
        bound_(bound),
        names_(std::move(names)),
        calls_(session, view),
        final_(view.query()) {}

  Status run(ViewPlan& plan);

 private:
  Status refuse() const;
  Status find_keys();
  Status add_key(const Json& expression);
  Status name_keys();
  Status make_final();
  Status rewrite_modifiers();
  Status rewrite(Json& node, bool having, const std::set<std::string>& parameters);
  Status rewrite_column(Json& node, bool having);
  Result<std::string> partial_text(const StateTable& table, bool no_rows);
  Result<std::string> final_text(const StateTable& table, const std::string& from);
  Status put_in_values(Json& node, const std::vector<std::string>& types);
  Status check_types(const StateTable& table, const data::Schema& schema) const;

  Session& session_;
  const ViewSql& view_;
  const data::Schema& bound_;
  SelectNames names_;
  AggregateCalls calls_;
  std::vector<Key> keys_;
  std::vector<std::string> key_names_;
  Json final_;
  bool complete_only_ = false;
};

Status Planner::refuse() const {
  const Json& select = view_.query();
  for (const Json& item : select["select_list"]) {
    const Json* star = nullptr;
    visit_expressions(item, [&star](const Json& node) {
      if (is_class(node, "STAR")) star = &node;
      return star == nullptr;
    });
    if (star != nullptr) {
      return view_.error(*star, "* beside aggregates is not possible; name the columns");
    }
  }
  const std::size_t groups = select["group_expressions"].size();
  if (select["group_sets"].size() > 1 ||
      (select["group_sets"].size() == 1 && select["group_sets"][0].size() != groups)) {
    return view_.error(select["group_expressions"][0],
                       "GROUPING SETS, ROLLUP and CUBE are not possible yet; write one view for "
                       "each grouping");
  }
  return {};
}

Status Planner::find_keys() {
  const Json& select = view_.query();
  if (select["aggregate_handling"] == "FORCE_AGGREGATES") {  // GROUP BY ALL
    for (const Json& item : select["select_list"]) {
      const Json expanded = names_.expand(item);
      if (find_aggregates(expanded).empty()) SLUICE_TRY(add_key(expanded));
    }
    return {};
  }
  for (const Json& group : select["group_expressions"]) {
    const bool ordinal = is_class(group, "CONSTANT") && group["value"]["value"].is_number_integer();
    if (ordinal) {
      const auto number = group["value"]["value"].get<std::size_t>();
      SLUICE_TRY(add_key(names_.expand(select["select_list"][number - 1])));
    } else {
      SLUICE_TRY(add_key(names_.expand(group)));
    }
  }
  return {};
}

Status Planner::add_key(const Json& expression) {
  Key key{expression, canonical(expression)};
  key.expression["alias"] = "";
  bool subquery = false;
  visit_expressions(expression, [&subquery](const Json& node) {
    subquery = subquery || is_class(node, "SUBQUERY");
    return !subquery;
  });
  if (subquery) {
    return view_.error(expression,
                       "GROUP BY a subquery is not possible; compute it in a view "
                       "below this one");
  }
  for (const Key& other : keys_) {
    if (other.tree == key.tree) return {};
  }
  keys_.push_back(std::move(key));
  return {};
}

/// The state's key columns have the names that the view gives them, for people who look.
Status Planner::name_keys() {
  std::set<std::string> taken;
  for (const Key& key : keys_) {
    std::string name;
    const Json& items = view_.query()["select_list"];
    for (std::size_t i = 0; i < items.size() && name.empty(); ++i) {
      if (canonical(names_.expand(items[i])) == key.tree) name = bound_[i].name;
    }
    if (name.empty() && is_class(key.expression, "COLUMN_REF")) {
      name = key.expression["column_names"].back().get<std::string>();
    }
    if (name.empty() || name.starts_with("__") || !taken.insert(lower(name)).second) {
      name = "__key_" + std::to_string(key_names_.size() + 1);
    }
    key_names_.push_back(name);
  }
  return {};
}

Status Planner::make_final() {
  Json& items = final_["select_list"];
  for (std::size_t i = 0; i < items.size(); ++i) {
    SLUICE_TRY(rewrite(items[i], false, {}));
    items[i]["alias"] = bound_[i].name;
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

Status Planner::rewrite_modifiers() {
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
Status Planner::rewrite(Json& node, bool having, const std::set<std::string>& parameters) {
  if (!node.is_structured()) return {};
  const std::string_view name = class_of(node);
  if (name == "CONSTANT") return {};
  if (name == "SUBQUERY") {
    return view_.error(node,
                       "a subquery beside aggregates is not possible; compute it in a view "
                       "that reads this one (mode: complete)");
  }
  if (type_of(node) == "GROUPING_FUNCTION") {
    return view_.error(node, "GROUPING() is not possible: there is one grouping");
  }
  if (!name.empty() && name != "LAMBDA") {
    const Json tree = canonical(names_.expand(node));
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      if (keys_[i].tree != tree) continue;
      node = {{"class", "COLUMN_REF"},
              {"type", "COLUMN_REF"},
              {"alias", ""},
              {"query_location", 0},
              {"column_names", Json::array({key_names_[i]})}};
      return {};
    }
  }
  if (name == "FUNCTION" && is_aggregate(function_name(node))) {
    // In the arguments names are columns first, in HAVING too.
    const Json call = names_.expand(node);
    SLUICE_ASSIGN(const std::size_t number, calls_.add(call));
    node = {{"class", kCallClass}, {"alias", ""}, {"call", number}};
    return {};
  }
  if (name == "COLUMN_REF") {
    if (parameters.contains(SelectNames::plain_name(node))) return {};
    return rewrite_column(node, having);
  }
  std::set<std::string> inner = parameters;
  if (name == "LAMBDA") inner.merge(lambda_parameters(node));
  for (auto& [key, child] : node.items()) {
    if (name == "LAMBDA" && key == "lhs") continue;
    SLUICE_TRY(rewrite(child, having, inner));
  }
  return {};
}

Status Planner::rewrite_column(Json& node, bool having) {
  const std::string name = SelectNames::plain_name(node);
  const Json* meant = name.empty() ? nullptr : names_.find_alias(name);
  if (meant != nullptr && (having || !names_.is_column(name))) {
    node = *meant;
    return rewrite(node, false, {});
  }
  return view_.error(node, "column " + node["column_names"].back().get<std::string>() +
                               " must stand in GROUP BY, written the same way, or in an aggregate "
                               "such as any_value(" +
                               node["column_names"].back().get<std::string>() + ")");
}

Result<std::string> Planner::partial_text(const StateTable& table, bool no_rows) {
  std::vector<std::string> texts;
  for (const StateColumn& column : table.columns()) {
    texts.push_back(column.partial + " AS " + quote_identifier(column.name));
  }
  texts.emplace_back("count(*) AS __rows");
  Json select = view_.query();
  SLUICE_ASSIGN(select["select_list"], parse_expressions(session_, texts));
  select["where_clause"] = names_.expand(std::move(select["where_clause"]));
  if (no_rows) {
    SLUICE_ASSIGN(const std::vector<Json> never, parse_expressions(session_, {"false"}));
    select["where_clause"] = never[0];
  }
  std::vector<std::string> ordinals;
  Json group = Json::array();
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    ordinals.push_back(std::to_string(i + 1));
    group.push_back(i);
  }
  select["group_expressions"] = select["group_sets"] = select["modifiers"] = Json::array();
  if (!keys_.empty()) {
    SLUICE_ASSIGN(select["group_expressions"], parse_expressions(session_, ordinals));
    select["group_sets"].push_back(std::move(group));
  }
  select["having"] = select["qualify"] = nullptr;
  select["aggregate_handling"] = "STANDARD_HANDLING";
  return query_text(session_, std::move(select));
}

Status Planner::put_in_values(Json& node, const std::vector<std::string>& types) {
  if (!node.is_structured()) return {};
  if (is_class(node, kCallClass)) {
    SLUICE_ASSIGN(std::vector<Json> value,
                  parse_expressions(session_, {calls_.value(node["call"], types)}));
    value[0]["alias"] = node["alias"];
    node = std::move(value[0]);
    return {};
  }
  for (Json& child : node) SLUICE_TRY(put_in_values(child, types));
  return {};
}

Result<std::string> Planner::final_text(const StateTable& table, const std::string& from) {
  Json select = final_;
  SLUICE_TRY(put_in_values(select, table.aggregate_types()));
  SLUICE_ASSIGN(select["from_table"], parse_from(session_, from));
  return query_text(session_, std::move(select));
}

/// A SELECT that was taken apart and put together again must give what it gave before.
Status Planner::check_types(const StateTable& table, const data::Schema& schema) const {
  if (schema == bound_ || calls_.sums_integers(table.aggregate_types())) return {};
  return internal_error("view " + view_.name() + ": columns changed in planning from (" +
                        bound_.to_string() + ") to (" + schema.to_string() + ")");
}

Status Planner::run(ViewPlan& plan) {
  SLUICE_TRY(refuse());
  SLUICE_TRY(find_keys());
  SLUICE_TRY(name_keys());
  SLUICE_TRY(make_final());
  std::vector<StateColumn> key_columns;
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    SLUICE_ASSIGN(std::string text, expression_text(session_, keys_[i].expression));
    key_columns.push_back({key_names_[i], std::move(text), "", ""});
  }
  SLUICE_ASSIGN(StateTable table,
                StateTable::make(session_, view_.name(), std::move(key_columns), calls_.columns()));
  SLUICE_ASSIGN(plan.partial, partial_text(table, false));
  SLUICE_ASSIGN(const std::string empty_partial, partial_text(table, true));
  if (auto typed = table.find_types(session_, plan.partial); !typed) {
    return view_.error(view_.query()["select_list"][0], typed.error().message());
  }
  plan.partial_table = table.partial_name();
  plan.create_state = table.create(empty_partial);
  plan.merge = table.merge();
  SLUICE_ASSIGN(plan.complete, final_text(table, table.whole()));
  SLUICE_ASSIGN(plan.update, final_text(table, table.changed()));
  SLUICE_ASSIGN(const std::string stand_in, final_text(table, table.stand_in()));
  SLUICE_ASSIGN(plan.schema, session_.describe(stand_in));
  SLUICE_TRY(check_types(table, plan.schema));
  plan.fingerprint = plan.partial + " -> " + table.shape();
  plan.modes = {connector::OutputMode::kComplete};
  if (!complete_only_) plan.modes.insert(connector::OutputMode::kUpdate);
  // Later views bind to it; the engine puts the state in its place.
  return session_.execute("CREATE OR REPLACE TEMP VIEW " + quote_identifier(view_.name()) + " AS " +
                          stand_in);
}

}  // namespace

Status plan_aggregate(Session& session, const ViewSql& view, const data::Schema& bound,
                      ViewPlan& plan) {
  SLUICE_ASSIGN(SelectNames names, SelectNames::make(session, view));
  return Planner(session, view, bound, std::move(names)).run(plan);
}

}  // namespace sluice::sql
