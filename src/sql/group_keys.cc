#include "sql/group_keys.h"

#include <set>
#include <utility>

#include "sql/function_catalog.h"
#include "sql/window_calls.h"

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
  const std::size_t groups = select["group_expressions"].size();
  if (select["group_sets"].size() > 1 ||
      (select["group_sets"].size() == 1 && select["group_sets"][0].size() != groups)) {
    return view.error(select["group_expressions"][0],
                      "GROUPING SETS, ROLLUP and CUBE are not possible yet; write one view for "
                      "each grouping");
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
  for (const Json& group : select["group_expressions"]) {
    const bool ordinal = is_class(group, "CONSTANT") && group["value"]["value"].is_number_integer();
    if (ordinal) {
      const auto number = group["value"]["value"].get<std::size_t>();
      SLUICE_TRY(keys.add(view, names.expand(select["select_list"][number - 1])));
    } else {
      SLUICE_TRY(keys.add(view, names.expand(group)));
    }
  }
  keys.give_names(view, names, bound);
  return keys;
}

Status GroupKeys::add(const ViewSql& view, const Json& expression) {
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
  for (const Key& other : keys_) {
    if (other.tree == key.tree) return {};
  }
  keys_.push_back(std::move(key));
  return {};
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
