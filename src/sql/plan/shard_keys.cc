#include "sql/plan/shard_keys.h"

#include <algorithm>
#include <utility>

#include "sql/aggregate/group_keys.h"
#include "sql/join/join_sides.h"
#include "sql/tree/select_names.h"

namespace sluice::sql {
namespace {

constexpr std::size_t kLeft = JoinSides::kLeft;
constexpr std::size_t kRight = JoinSides::kRight;

/// Columns of a UNION are known by their places, which stars hide: only those of a UNION BY NAME
/// are followed.
bool unites_by_place(const Json& node) {
  if (!node.is_structured()) return false;
  if (type_of(node) == "SET_OPERATION_NODE" && node["setop_type"] != "UNION_BY_NAME") return true;
  return std::ranges::any_of(node, [](const Json& child) { return unites_by_place(child); });
}

std::string column_name(const Json& column) {
  return column["column_names"].back().get<std::string>();
}

/// The columns of a relation, or of a SELECT's result, that have a value of the key.
EventTimes only(std::vector<Json> columns) { return {.points = std::move(columns)}; }

/// Of the result's columns of one name the binder renames all but the first.
bool is_renamed(const data::Schema& bound, const std::string& name) {
  return bound.find(name + "_1") >= 0;
}

EventScope scope_of(const ShardView& view, const JoinSides& sides, std::size_t which,
                    const EventTimesByName& columns) {
  Json alone = view.sql.query();
  alone["from_table"] = sides.side(which).from;
  return EventScope::make(alone, columns);
}

/// Whether the condition says that the key's column is the same on both sides.
bool equates(const Json& condition, const JoinSides& sides, const EventScope& left,
             const EventScope& right) {
  if (!is_class(condition, "COMPARISON") || type_of(condition) != "COMPARE_EQUAL") return false;
  const Json& a = condition["left"];
  const Json& b = condition["right"];
  const auto fits = [&](const Json& one, const Json& other) {
    return sides.side_of(one) == kLeft && left.is_point(one) && sides.side_of(other) == kRight &&
           right.is_point(other);
  };
  return fits(a, b) || fits(b, a);
}

}  // namespace

ShardKeys::ShardKeys(const PlanRequest& request) {
  if (!request.is_shard) return;
  for (const SourceText& source : request.sources) {
    const auto& names = source.partitioned_by;
    if (names.empty()) continue;
    columns_.resize(std::max(columns_.size(), names.size()));
    for (std::size_t i = 0; i < names.size(); ++i) {
      columns_[i][lower(source.name)] = only({column_tree(names[i])});
    }
    sizes_[lower(source.name)] = names.size();
  }
}

/// Of the key that all streams among the inputs have; 0: there is none.
std::size_t ShardKeys::size_of(const std::vector<std::string>& inputs,
                               const Relations& relations) const {
  std::set<std::size_t> sizes;
  for (const std::string& input : inputs) {
    if (!relations.is_stream(input)) continue;
    const auto found = sizes_.find(lower(input));
    sizes.insert(found == sizes_.end() ? 0 : found->second);
  }
  return sizes.size() == 1 ? *sizes.begin() : 0;
}

Status ShardKeys::follow(const ShardView& view) {
  const std::size_t size =
      unites_by_place(view.sql.query()) ? 0 : size_of(view.plan.inputs, view.relations);
  SLUICE_TRY(check(view, size));
  std::vector<EventTimes> result;
  for (std::size_t i = 0; i < size; ++i) {
    SLUICE_ASSIGN(EventTimes columns, result_of(view, i));
    if (columns.points.empty()) return {};
    result.push_back(std::move(columns));
  }
  if (result.empty()) return {};
  const std::string name = lower(view.plan.name);
  for (std::size_t i = 0; i < size; ++i) columns_[i][name] = std::move(result[i]);
  sizes_[name] = size;
  return {};
}

void ShardKeys::pass_on(const std::string& from, const std::string& to) {
  const auto known = sizes_.find(lower(from));
  if (known == sizes_.end()) return;
  sizes_[lower(to)] = known->second;
  for (std::size_t i = 0; i < known->second; ++i) {
    columns_[i][lower(to)] = columns_[i][lower(from)];
  }
}

std::vector<std::set<std::string>> ShardKeys::columns_of(const std::string& relation) const {
  std::vector<std::set<std::string>> key;
  const auto known = sizes_.find(lower(relation));
  if (known == sizes_.end()) return key;
  for (std::size_t i = 0; i < known->second; ++i) {
    std::set<std::string>& columns = key.emplace_back();
    for (const Json& column : columns_[i].at(known->first).points) {
      columns.insert(column_name(column));
    }
  }
  return key;
}

Status ShardKeys::check(const ShardView& view, std::size_t size) const {
  switch (view.use) {
    case StreamUse::kAggregate:
      return check_groups(view, size);
    case StreamUse::kDistinct:
      return check_distinct(view, size);
    case StreamUse::kJoin:
      return check_join(view, size);
    case StreamUse::kRowByRow:
      return view.sql.text().deduplicate ? check_distinct(view, size) : Status();
    case StreamUse::kNone:
      return {};
  }
  return {};
}

/// `what` lacks columns of the key, or there is no key.
Error ShardKeys::refusal(const ShardView& view, const Json& place, const std::string& what) const {
  const std::string start =
      "in a shard it would have only a part of the rows that belong together: ";
  std::string names;
  std::string unknown;
  const bool united = unites_by_place(view.sql.query());
  for (const std::string& input : view.plan.inputs) {
    const auto key = columns_of(input);
    if (view.relations.is_stream(input) && (united || key.empty())) {
      unknown += (unknown.empty() ? "'" : ", '") + input + "'";
    }
    for (const auto& columns : key) {
      for (const std::string& column : columns) {
        const std::string name = input + "." + column;
        names += (names.empty() ? "" : ", ") + name;
      }
    }
  }
  if (!unknown.empty()) {
    return view.sql.error(
        place, start + "nothing says by which columns " + unknown +
                   " is partitioned; if producers make the record's key of some, write "
                   "partitioned_by: [COLUMN, ...] in the kafka source and keep these columns in "
                   "the views between (of unions, UNION ALL BY NAME); else run it without "
                   "--shard");
  }
  return view.sql.error(place, start + what + " the columns by which they are partitioned, as " +
                                   "they are (" + names + "); else run it without --shard");
}

Status ShardKeys::check_groups(const ShardView& view, std::size_t size) const {
  SLUICE_ASSIGN(const SelectNames names, SelectNames::make(view.session, view.sql));
  SLUICE_ASSIGN(const GroupKeys groups, GroupKeys::make(view.sql, names, view.plan.schema));
  const Json& written = view.sql.query()["group_expressions"];
  const Json& place = written.empty() ? view.sql.query()["select_list"][0] : written[0];
  bool has_all = size > 0;
  for (std::size_t i = 0; i < size; ++i) {
    const EventScope scope = EventScope::make(view.sql.query(), columns_[i]);
    bool found = false;
    for (std::size_t key = 0; key < groups.size(); ++key) {
      found = found || (groups.in_every_set(key) && scope.is_point(groups.expression(key)));
    }
    has_all = has_all && found;
  }
  return has_all ? Status() : Status(refusal(view, place, "GROUP BY must have"));
}

Status ShardKeys::check_distinct(const ShardView& view, std::size_t size) const {
  const auto& how = view.sql.text().deduplicate;
  const Json& query = view.sql.query();
  std::vector<Json> targets;
  if (has_distinct(query, /*on=*/true)) {
    SLUICE_ASSIGN(const SelectNames names, SelectNames::make(view.session, view.sql));
    for (const Json& modifier : query["modifiers"]) {
      if (type_of(modifier) != "DISTINCT_MODIFIER") continue;
      for (const Json& target : modifier["distinct_on_targets"]) {
        const bool ordinal =
            is_class(target, "CONSTANT") && target["value"]["value"].is_number_integer();
        const Json& meant =
            ordinal ? query["select_list"][target["value"]["value"].get<std::size_t>() - 1]
                    : target;
        const Json* alias = names.find_alias(SelectNames::plain_name(meant));
        targets.push_back(alias != nullptr ? *alias : names.expand(meant));
      }
    }
  }
  bool has_all = size > 0;
  for (std::size_t i = 0; i < size && has_all; ++i) {
    if (!targets.empty()) {
      const EventScope scope = EventScope::make(query, columns_[i]);
      has_all = std::ranges::any_of(
          targets, [&scope](const Json& target) { return scope.is_point(target); });
      continue;
    }
    SLUICE_ASSIGN(const EventTimes columns, result_of(view, i));
    has_all = std::ranges::any_of(columns.points, [&how](const Json& column) {
      if (!how || how->by.empty()) return true;
      return std::ranges::any_of(how->by, [&column](const Deduplicate::Column& by) {
        return lower(by.name) == lower(column_name(column));
      });
    });
  }
  if (has_all) return {};
  return refusal(view, query, how ? "deduplicate.by must have" : "DISTINCT must have");
}

Status ShardKeys::check_join(const ShardView& view, std::size_t size) const {
  SLUICE_ASSIGN(const JoinSides sides,
                JoinSides::make(view.session, view.sql, view.relations.event_times()));
  bool has_all = size > 0;
  for (std::size_t i = 0; i < size; ++i) {
    const EventScope left = scope_of(view, sides, kLeft, columns_[i]);
    const EventScope right = scope_of(view, sides, kRight, columns_[i]);
    has_all = has_all && std::ranges::any_of(sides.conditions(), [&](const Json& condition) {
                return equates(condition, sides, left, right);
              });
  }
  if (has_all) return {};
  return refusal(view, view.sql.query()["from_table"]["right"], "ON must equate, in their order,");
}

/// The columns of the view's result that have the key's column at `position`.
Result<EventTimes> ShardKeys::result_of(const ShardView& view, std::size_t position) const {
  const EventTimesByName& columns = columns_[position];
  const Json& query = view.sql.query();
  std::vector<Json> found;
  if (view.use == StreamUse::kJoin) {
    SLUICE_ASSIGN(const JoinSides sides,
                  JoinSides::make(view.session, view.sql, view.relations.event_times()));
    // Of a side that may have no partner the other one's columns are NULL, in whichever shard.
    for (const std::size_t which : {kLeft, kRight}) {
      const bool always = sides.type() == "INNER" ||
                          (sides.type() != "FULL" && sides.keeps(which)) ||
                          (which == kLeft && sides.type() == "SEMI");
      if (!always) continue;
      for (Json& column : scope_of(view, sides, which, columns).of_result(query).points) {
        found.push_back(std::move(column));
      }
    }
  } else {
    found = event_times_of(query, columns).points;
  }
  std::erase_if(found, [&view, &columns](const Json& column) {
    if (!is_renamed(view.plan.schema, column_name(column))) return false;
    // Where all that is read has it under this name, it is the same on both sides.
    return !std::ranges::all_of(view.plan.inputs, [&](const std::string& input) {
      const auto known = columns.find(lower(input));
      if (known == columns.end()) return !view.relations.is_stream(input);
      return std::ranges::find(known->second.points, column) != known->second.points.end();
    });
  });
  return only(std::move(found));
}

}  // namespace sluice::sql
