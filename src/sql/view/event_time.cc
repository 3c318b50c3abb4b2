#include "sql/view/event_time.h"

#include <algorithm>
#include <utility>

#include "data/type.h"
#include "sql/spark/window_calls.h"

namespace sluice::sql {
namespace {

bool contains(const std::vector<Json>& trees, const Json& tree) {
  return std::find(trees.begin(), trees.end(), tree) != trees.end();
}

/// The names of the columns in an expression, lower case.
std::vector<std::string> columns_in(const Json& expression) {
  std::vector<std::string> names;
  visit_expressions(expression, [&names](const Json& node) {
    if (is_class(node, "COLUMN_REF")) {
      names.push_back(lower(node["column_names"].back().get<std::string>()));
    }
    return true;
  });
  return names;
}

std::optional<std::string> constant_text(const Json& node) {
  if (!is_class(node, "CONSTANT") || !node["value"]["value"].is_string()) return std::nullopt;
  return node["value"]["value"].get<std::string>();
}

}  // namespace

Json column_tree(const std::string& name) {
  return canonical({{"class", "COLUMN_REF"},
                    {"type", "COLUMN_REF"},
                    {"alias", ""},
                    {"query_location", 0},
                    {"column_names", Json::array({name})}});
}

std::string item_name(const Json& item) {
  const std::string alias = item.value("alias", "");
  if (!alias.empty()) return alias;
  if (is_class(item, "COLUMN_REF")) return item["column_names"].back().get<std::string>();
  return {};
}

EventScope EventScope::make(const Json& select, const EventTimesByName& relations) {
  EventScope scope;
  EventTimesByName known = relations;
  for (const Json& entry : select["cte_map"]["map"]) {
    const std::string name = lower(entry["key"].get<std::string>());
    EventTimes times = event_times_of(query_node(entry["value"]["query"]), known);
    known.erase(name);
    if (!times.empty()) known[name] = std::move(times);
  }
  if (select.contains("from_table")) scope.add_from(select["from_table"], known);
  return scope;
}

void EventScope::add_from(const Json& from, const EventTimesByName& relations) {
  const std::string_view type = type_of(from);
  std::string alias = lower(from.value("alias", ""));
  if (type == "JOIN") {
    add_from(from["left"], relations);
    add_from(from["right"], relations);
  } else if (type == "BASE_TABLE") {
    const std::string name = lower(from["table_name"].get<std::string>());
    const auto found = relations.find(name);
    // Columns that FROM renames are identified by position; no one does that to an event time.
    const bool renamed = !from["column_name_alias"].empty();
    if (found != relations.end() && !renamed) {
      relations_.push_back({alias.empty() ? name : alias, found->second});
    }
  } else if (type == "SUBQUERY") {
    EventTimes times = event_times_of(query_node(from["subquery"]), relations);
    if (!times.empty()) relations_.push_back({alias, std::move(times)});
  }
}

bool EventScope::empty() const {
  return std::all_of(relations_.begin(), relations_.end(),
                     [](const Relation& relation) { return relation.times.empty(); });
}

std::int64_t EventScope::lag() const {
  std::int64_t most = 0;
  for (const Relation& relation : relations_) most = std::max(most, relation.times.lag);
  return most;
}

std::vector<Json> EventScope::expressions() const {
  std::vector<Json> all;
  for (const Relation& relation : relations_) {
    all.insert(all.end(), relation.times.points.begin(), relation.times.points.end());
    all.insert(all.end(), relation.times.windows.begin(), relation.times.windows.end());
  }
  return all;
}

/// `t.a` as `a` where t is one of the relations.
Json EventScope::plain(const Json& expression) const {
  Json out = expression;
  const auto strip = [this](auto&& self, Json& node) -> void {
    if (!node.is_structured()) return;
    if (is_class(node, "COLUMN_REF") && node["column_names"].size() > 1) {
      const std::string first = lower(node["column_names"][0].get<std::string>());
      const bool known =
          std::any_of(relations_.begin(), relations_.end(),
                      [&first](const Relation& relation) { return relation.name == first; });
      if (known) node["column_names"].erase(node["column_names"].begin());
      return;
    }
    for (Json& child : node) self(self, child);
  };
  strip(strip, out);
  return canonical(out);
}

bool EventScope::is_point(const Json& expression) const {
  if (is_class(expression, "FUNCTION") && function_name(expression) == "window_time") {
    return expression["children"].size() == 1 && is_window(expression["children"][0]);
  }
  const Json tree = plain(expression);
  return std::any_of(relations_.begin(), relations_.end(), [&tree](const Relation& relation) {
    return contains(relation.times.points, tree);
  });
}

bool EventScope::is_window(const Json& expression) const {
  if (is_class(expression, "FUNCTION") && (function_name(expression) == kWindowFunction ||
                                           function_name(expression) == kSessionFunction)) {
    const Json& time = expression["children"][0];
    return is_point(time) || is_window(time);
  }
  const Json tree = plain(expression);
  return std::any_of(relations_.begin(), relations_.end(), [&tree](const Relation& relation) {
    return contains(relation.times.windows, tree);
  });
}

std::optional<std::string> EventScope::close_of(Session& session, const Json& key,
                                                const std::string& column) const {
  std::optional<std::string> end = end_of(session, key, column);
  // Times near the end of all time must not overflow.
  if (end && lag() > 0) {
    end = "least(" + *end + ", 4611686018427387904) + " + std::to_string(lag());
  }
  return end;
}

std::optional<std::string> EventScope::end_of(Session& session, const Json& key,
                                              const std::string& column) const {
  if (is_window(key)) return "epoch_us(struct_extract(" + column + ", 'end'))";
  if (is_point(key)) return "epoch_us(" + column + ")";
  if (!is_class(key, "FUNCTION") || key["children"].size() < 2) return std::nullopt;
  const std::string name = function_name(key);
  if (!is_point(key["children"][1])) return std::nullopt;
  if (name == "time_bucket") {
    // The width must be the same for all rows, or the end of a bucket is not known.
    if (!columns_in(key["children"][0]).empty()) return std::nullopt;
    const auto width = expression_text(session, key["children"][0]);
    if (!width) return std::nullopt;
    return "epoch_us(" + column + " + CAST(" + *width + " AS INTERVAL))";
  }
  if (name == "date_trunc" || name == "datetrunc") {
    const auto unit = constant_text(key["children"][0]);
    if (!unit) return std::nullopt;
    const std::string one = lower(*unit) == "quarter" ? "3 month" : "1 " + lower(*unit);
    return "epoch_us(" + column + " + CAST(" + data::quote_literal(one) + " AS INTERVAL))";
  }
  return std::nullopt;
}

void EventScope::add_star(const Json& star, EventTimes& out) const {
  const std::string only = lower(star["relation_name"].get<std::string>());
  const auto hidden = [&star](const std::string& column) {
    for (const Json& name : star["exclude_list"]) {
      if (name.is_string() && lower(name.get<std::string>()) == column) return true;
    }
    for (const Json& entry : star["replace_list"]) {
      const Json& name = entry.is_object() ? entry["key"] : entry[0];
      if (name.is_string() && lower(name.get<std::string>()) == column) return true;
    }
    return !star["rename_list"].empty() || !star["qualified_exclude_list"].empty();
  };
  for (const Relation& relation : relations_) {
    if (!only.empty() && relation.name != only) continue;
    const auto pass = [&hidden](const std::vector<Json>& from, std::vector<Json>& to) {
      for (const Json& tree : from) {
        const std::vector<std::string> columns = columns_in(tree);
        if (std::none_of(columns.begin(), columns.end(), hidden)) to.push_back(tree);
      }
    };
    pass(relation.times.points, out.points);
    pass(relation.times.windows, out.windows);
  }
}

EventTimes EventScope::of_result(const Json& select) const {
  EventTimes out;
  out.lag = lag();
  for (const Json& item : select["select_list"]) {
    if (is_class(item, "STAR")) {
      if (item["expr"].is_null()) add_star(item, out);
      continue;
    }
    const std::string name = item_name(item);
    if (name.empty()) continue;
    if (is_point(item)) out.points.push_back(column_tree(name));
    if (is_window(item)) out.windows.push_back(column_tree(name));
  }
  return out;
}

EventTimes event_times_of(const Json& query, const EventTimesByName& relations) {
  if (type_of(query) == "SELECT_NODE") return EventScope::make(query, relations).of_result(query);
  if (type_of(query) != "SET_OPERATION_NODE") return {};
  EventTimes left = event_times_of(query["left"], relations);
  const EventTimes right = event_times_of(query["right"], relations);
  const auto keep = [](std::vector<Json>& trees, const std::vector<Json>& others) {
    std::erase_if(trees, [&others](const Json& tree) { return !contains(others, tree); });
  };
  keep(left.points, right.points);
  keep(left.windows, right.windows);
  left.lag = std::max(left.lag, right.lag);
  return left;
}

}  // namespace sluice::sql
