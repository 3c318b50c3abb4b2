#include "sql/aggregate/group_keys.h"

#include <algorithm>
#include <set>
#include <utility>

#include "sql/spark/window_calls.h"
#include "sql/tree/function_catalog.h"

namespace sluice::sql {
namespace {

Status refuse(const ViewSql& view) {
  const Json& select = view.query();
  for (const Json& item : select["select_list"]) {
    const Json* star = nullptr;
    visit_expressions(item, [&star](const Json& node) {
      if (is_class(node, "STAR")) star = &node;
      return star == nullptr;
    });
    if (star != nullptr) {
      return view.error(*star, "* beside aggregates is not possible; name the columns");
    }
  }
  return {};
}

}  // namespace

Result<GroupKeys> GroupKeys::make(const ViewSql& view, const SelectNames& names,
                                  const data::Schema& bound) {
  SLUICE_TRY(refuse(view));
  GroupKeys keys;
  const Json& select = view.query();
  if (select["aggregate_handling"] == "FORCE_AGGREGATES") {  // GROUP BY ALL
    for (const Json& item : select["select_list"]) {
      const Json expanded = names.expand(item);
      if (find_aggregates(expanded).empty()) SLUICE_TRY(keys.add(view, expanded));
    }
  }
  std::vector<std::size_t> numbers;
  for (const Json& group : select["group_expressions"]) {
    const bool ordinal = is_class(group, "CONSTANT") && group["value"]["value"].is_number_integer();
    const Json& meant =
        ordinal ? select["select_list"][group["value"]["value"].get<std::size_t>() - 1] : group;
    SLUICE_ASSIGN(numbers.emplace_back(), keys.add(view, names.expand(meant)));
  }
  SLUICE_TRY(keys.add_sets(view, numbers));
  keys.give_names(view, names, bound);
  return keys;
}

/// `numbers`: the key that each expression of GROUP BY is.
Status GroupKeys::add_sets(const ViewSql& view, const std::vector<std::size_t>& numbers) {
  const Json& select = view.query();
  const Json& sets = select["group_sets"];
  if (sets.size() < 2 && (sets.empty() || sets[0].size() == numbers.size())) return {};
  std::set<std::set<std::size_t>> seen;
  for (const Json& set : sets) {
    std::set<std::size_t> members;
    for (const Json& index : set) members.insert(numbers[index.get<std::size_t>()]);
    if (!seen.insert(members).second) {
      return view.error(select["group_expressions"][0],
                        "the same grouping set is there twice; name it once");
    }
    sets_.emplace_back(members.begin(), members.end());
  }
  if (session() < size() && !in_every_set(session())) {
    return view.error(keys_[session()].expression,
                      "session_window() must be in every grouping set; write one view for each");
  }
  return {};
}

bool GroupKeys::in_every_set(std::size_t key) const {
  return std::ranges::all_of(
      sets_, [key](const auto& set) { return std::ranges::find(set, key) != set.end(); });
}

Result<std::size_t> GroupKeys::add(const ViewSql& view, const Json& expression) {
  Key key{expression, canonical(expression), ""};
  key.expression["alias"] = "";
  bool subquery = false;
  visit_expressions(expression, [&subquery](const Json& node) {
    subquery = subquery || is_class(node, "SUBQUERY");
    return !subquery;
  });
  if (subquery) {
    return view.error(expression,
                      "GROUP BY a subquery is not possible; compute it in a view "
                      "below this one");
  }
  if (const std::size_t known = find(key.tree); known < size()) return known;
  keys_.push_back(std::move(key));
  return size() - 1;
}

void GroupKeys::give_names(const ViewSql& view, const SelectNames& names,
                           const data::Schema& bound) {
  std::set<std::string> taken;
  for (Key& key : keys_) {
    std::string name;
    const Json& items = view.query()["select_list"];
    for (std::size_t i = 0; i < items.size() && name.empty(); ++i) {
      if (canonical(names.expand(items[i])) == key.tree) name = bound[i].name;
    }
    if (name.empty() && is_class(key.expression, "COLUMN_REF")) {
      name = key.expression["column_names"].back().get<std::string>();
    }
    if (name.empty() || name.starts_with("__") || !taken.insert(lower(name)).second) {
      name = "__key_" + std::to_string(&key - keys_.data() + 1);
    }
    key.name = name;
  }
}

std::size_t GroupKeys::session() const {
  std::size_t key = 0;
  while (key < keys_.size() && !(is_class(keys_[key].expression, "FUNCTION") &&
                                 function_name(keys_[key].expression) == kSessionFunction)) {
    ++key;
  }
  return key;
}

std::size_t GroupKeys::find(const Json& tree) const {
  std::size_t key = 0;
  while (key < keys_.size() && keys_[key].tree != tree) ++key;
  return key;
}

}  // namespace sluice::sql
