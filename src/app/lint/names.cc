#include <algorithm>
#include <set>

#include "app/lint/reviewed.h"

namespace sluice::app {
namespace {

using sql::Json;
using sql::lower;

std::string plain_name(const Json& node) {
  const bool is_plain = sql::is_class(node, "COLUMN_REF") && node["column_names"].size() == 1;
  return is_plain ? lower(node["column_names"][0].get<std::string>()) : "";
}

/// GROUP BY ts, where the SELECT makes a ts of its own.
void hidden_columns(const Reviewed& reviewed, const ReviewedView& view, const Json& select,
                    Findings& findings) {
  const std::vector<FromEntry> from = from_entries(select);
  for (const Json& key : select["group_expressions"]) {
    const std::string name = plain_name(key);
    const auto input = std::ranges::find_if(from, [&](const FromEntry& entry) {
      return reviewed.column_type(entry.relation, name).has_value();
    });
    if (name.empty() || input == from.end()) continue;
    for (const Json& item : select["select_list"]) {
      const bool is_column = sql::is_class(item, "COLUMN_REF") &&
                             lower(item["column_names"].back().get<std::string>()) == name;
      if (lower(item.value("alias", "")) != name || is_column) continue;
      findings.push_back({"LINT_ALIAS_HIDES_COLUMN", view.place_of(key),
                          "view '" + view.text->name + "' groups by the column '" + name +
                              "' of '" + input->relation + "', not by the '" + name +
                              "' of its SELECT"});
    }
  }
}

/// `orders.id`, where orders is a relation in FROM and a STRUCT column of one; `rates` alone, where
/// it is a column of one and the name of another.
void ambiguous_words(const Reviewed& reviewed, const ReviewedView& view, const Json& select,
                     Findings& findings) {
  const std::vector<FromEntry> from = from_entries(select);
  std::set<std::string> said;
  const auto look = [&](const Json& node) {
    if (!sql::is_class(node, "COLUMN_REF")) return true;
    const Json& names = node["column_names"];
    const std::string first = lower(names[0].get<std::string>());
    if (std::ranges::find(from, first, &FromEntry::alias) == from.end()) return true;
    for (const FromEntry& entry : from) {
      const auto type = reviewed.column_type(entry.relation, first);
      const bool is_field = type && names.size() > 1 && type->id() == data::TypeId::kStruct;
      const bool is_row = type && names.size() == 1 && entry.alias != first;
      if ((!is_field && !is_row) || !said.insert(first).second) continue;
      findings.push_back({"LINT_AMBIGUOUS_NAME", view.place_of(node),
                          "view '" + view.text->name + "': '" + first +
                              "' is a relation in FROM, and a column of '" + entry.alias + "'"});
    }
    return true;
  };
  for (const char* key : {"select_list", "where_clause", "group_expressions", "having"}) {
    sql::visit_expressions(select[key], look);
  }
}

/// WITH orders AS (...), where a source, table or view is called orders.
void hidden_relations(const Reviewed& reviewed, const ReviewedView& view, const Json& select,
                      Findings& findings) {
  for (const Json& entry : select["cte_map"]["map"]) {
    const auto name = entry["key"].get<std::string>();
    if (reviewed.schema(name) == nullptr) continue;
    findings.push_back({"LINT_AMBIGUOUS_NAME", view.text->location,
                        "view '" + view.text->name + "': WITH " + name +
                            " hides the source, table or view of that name"});
  }
}

/// SELECT * of a join of relations that share a name.
void twins(const Reviewed& reviewed, const ReviewedView& view, Findings& findings) {
  if (view.plan == nullptr || sql::type_of(view.query) != "SELECT_NODE") return;
  if (sql::type_of(view.query["from_table"]) != "JOIN") return;
  const Json& items = view.query["select_list"];
  const auto star =
      std::ranges::find_if(items, [](const Json& item) { return sql::is_class(item, "STAR"); });
  if (star == items.end()) return;
  const std::vector<FromEntry> from = from_entries(view.query);
  const auto is_own = [&](const std::string& name) {
    for (const Json& item : items) {
      if (lower(item.value("alias", "")) == name) return true;
    }
    return std::ranges::any_of(from, [&](const FromEntry& entry) {
      return reviewed.column_type(entry.relation, name).has_value();
    });
  };
  std::set<std::string> before;
  for (const data::Field& field : view.plan->schema.fields()) {
    std::string name = lower(field.name);
    // A view with state renames the second one.
    if (name.ends_with("_1") && !is_own(name)) name.resize(name.size() - 2);
    if (before.insert(name).second) continue;
    findings.push_back(
        {"LINT_DUPLICATE_COLUMN", view.place_of(*star),
         "view '" + view.text->name + "': both sides of the join have '" + name + "'"});
    return;
  }
}

}  // namespace

void lint_names(const Reviewed& reviewed, Findings& findings) {
  for (const ReviewedView& view : reviewed.views()) {
    visit_selects(view.query, [&](const Json& select) {
      hidden_columns(reviewed, view, select, findings);
      ambiguous_words(reviewed, view, select, findings);
      hidden_relations(reviewed, view, select, findings);
    });
    twins(reviewed, view, findings);
  }
}

}  // namespace sluice::app
