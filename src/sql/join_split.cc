#include "sql/join_split.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "sql/aggregate_state.h"
#include "sql/join_sides.h"

namespace sluice::sql {
namespace {

using data::quote_identifier;

std::string joined_name(const JoinSide& side, const std::string& column) {
  return side.alias + "." + column;
}

class Splitter {
 public:
  Splitter(Session& session, const ViewSql& view, const JoinSides& sides)
      : session_(session), view_(view), sides_(sides) {
    for (const Json& name : view.query()["from_table"]["using_columns"]) {
      using_.insert(lower(name.get<std::string>()));
    }
    for (const Json& item : view.query()["select_list"]) {
      aliases_.insert(lower(item.value("alias", "")));
    }
  }

  Result<Json> join() const;
  Result<Json> over(const std::string& name) const;

 private:
  /// The right side of a semi join is not to be seen.
  std::size_t visible() const { return sides_.type() == "SEMI" || sides_.type() == "ANTI" ? 1 : 2; }
  void rename(Json& node, bool alias_first) const;
  struct Found {
    std::string column;      ///< of the join; "": none, it may be an alias
    bool qualified = false;  ///< by the side's name
  };
  Found find(const Json& names, bool alias_first) const;

  Session& session_;
  const ViewSql& view_;
  const JoinSides& sides_;
  std::set<std::string> using_;    ///< lower case
  std::set<std::string> aliases_;  ///< of the select list, lower case
};

Result<Json> Splitter::join() const {
  Json select = view_.query();
  std::vector<std::string> items;
  for (std::size_t which = 0; which < visible(); ++which) {
    const JoinSide& side = sides_.side(which);
    for (const std::string& column : side.columns) {
      items.push_back(quote_identifier(side.alias) + "." + quote_identifier(column) + " AS " +
                      quote_identifier(joined_name(side, column)));
    }
  }
  for (const std::string& name : using_) items.push_back(quote_identifier(name));
  if (items.empty()) items.emplace_back("true AS __none");
  SLUICE_ASSIGN(select["select_list"], parse_expressions(session_, items));
  select["group_expressions"] = select["group_sets"] = select["modifiers"] = Json::array();
  select["having"] = select["qualify"] = nullptr;
  select["aggregate_handling"] = "STANDARD_HANDLING";
  return select;
}

Result<Json> Splitter::over(const std::string& name) const {
  Json select = view_.query();
  SLUICE_ASSIGN(select["from_table"], parse_from(session_, quote_identifier(name)));
  select["where_clause"] = nullptr;
  select["cte_map"]["map"] = Json::array();
  rename(select["select_list"], false);
  rename(select["group_expressions"], false);
  for (const char* key : {"having", "qualify", "modifiers"}) rename(select[key], true);
  return select;
}

void Splitter::rename(Json& node, bool alias_first) const {
  if (!node.is_structured() || is_class(node, "CONSTANT")) return;
  if (is_class(node, "COLUMN_REF")) {
    Json& names = node["column_names"];
    const Found found = find(names, alias_first);
    if (found.column.empty()) return;
    if (found.qualified) names.erase(names.begin());
    names[0] = found.column;
    return;
  }
  if (is_class(node, "FUNCTION") && function_name(node) == "struct_pack") {
    // A field takes its name from the column, which gets another one here.
    for (Json& field : node["children"]) {
      if (is_class(field, "COLUMN_REF") && field.value("alias", "").empty()) {
        field["alias"] = field["column_names"].back();
      }
    }
  }
  for (Json& child : node) rename(child, alias_first);
}

Splitter::Found Splitter::find(const Json& names, bool alias_first) const {
  const std::string first = lower(names[0].get<std::string>());
  const auto in = [&](std::size_t which, const Json& name) {
    const JoinSide& side = sides_.side(which);
    const int at = side.schema.find(name.get<std::string>());
    return at < 0 ? std::string()
                  : joined_name(side, side.schema[static_cast<std::size_t>(at)].name);
  };
  for (std::size_t which = 0; which < visible(); ++which) {
    if (names.size() > 1 && lower(sides_.side(which).alias) == first) {
      return {in(which, names[1]), true};
    }
  }
  if ((alias_first && aliases_.contains(first)) || using_.contains(first)) return {};
  Found found;
  for (std::size_t which = 0; which < visible(); ++which) {
    std::string column = in(which, names[0]);
    if (column.empty()) continue;
    if (!found.column.empty()) return {};
    found.column = std::move(column);
  }
  return found;
}

}  // namespace

Result<JoinSplit> JoinSplit::make(Session& session, const ViewSql& view,
                                  const EventTimesByName& relations, const std::string& name) {
  SLUICE_ASSIGN(const JoinSides sides, JoinSides::make(session, view, relations));
  const Splitter splitter(session, view, sides);
  JoinSplit split;
  SLUICE_ASSIGN(split.join, splitter.join());
  SLUICE_ASSIGN(split.over, splitter.over(name));
  return split;
}

}  // namespace sluice::sql
