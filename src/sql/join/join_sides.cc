#include "sql/join/join_sides.h"

#include <algorithm>
#include <utility>

#include "sql/join/from_names.h"

namespace sluice::sql {
namespace {

using data::quote_identifier;

bool has_column(const data::Schema& schema, const std::string& name) {
  return std::any_of(schema.fields().begin(), schema.fields().end(),
                     [&name](const data::Field& field) { return lower(field.name) == name; });
}

Json column_of(const JoinSide& side, const std::string& name, const Json& place) {
  return {{"class", "COLUMN_REF"},
          {"type", "COLUMN_REF"},
          {"alias", ""},
          {"query_location", place.value("query_location", std::uint64_t{0})},
          {"column_names", Json::array({side.alias, name})}};
}

}  // namespace

std::string JoinSide::column_list() const {
  std::string list;
  for (const std::string& column : columns) {
    list += (list.empty() ? "" : ", ") + quote_identifier(column);
  }
  return list.empty() ? "true AS __none" : list;
}

std::string JoinSide::stand_in() const {
  std::string list;
  for (const data::Field& field : schema.fields()) {
    if (std::find(columns.begin(), columns.end(), field.name) == columns.end()) continue;
    list += (list.empty() ? "" : ", ") + ("CAST(NULL AS " + field.type.to_string() + ") AS ") +
            quote_identifier(field.name);
  }
  return "SELECT " + (list.empty() ? "true AS __none" : list) + " WHERE false";
}

bool JoinSides::keeps(std::size_t which) const {
  return type_ == "FULL" ||
         (which == kLeft ? type_ == "LEFT" || type_ == "ANTI" : type_ == "RIGHT");
}

Result<JoinSides> JoinSides::make(Session& session, const ViewSql& view,
                                  const EventTimesByName& relations) {
  JoinSides made;
  made.select_ = view.query();
  const Json& join = made.select_["from_table"];
  made.type_ = join["join_type"].get<std::string>();
  static const std::set<std::string> kTypes = {"INNER", "LEFT", "RIGHT", "FULL", "SEMI", "ANTI"};
  if (!kTypes.contains(made.type_)) {
    return view.error(join["right"], "a " + made.type_ + " JOIN of streams is not possible");
  }
  made.sides_[kLeft].from = join["left"];
  made.sides_[kRight].from = join["right"];
  SLUICE_TRY(made.describe(session, relations));
  made.add_equal_columns(join);
  made.add_conditions(join["condition"]);
  if (made.type_ == "INNER") made.add_conditions(made.select_["where_clause"]);
  made.find_columns(made.select_);
  return made;
}

Status JoinSides::describe(Session& session, const EventTimesByName& relations) {
  for (std::size_t which = 0; which < sides_.size(); ++which) {
    JoinSide& side = sides_[which];
    side.alias = alias_of(side.from);
    SLUICE_ASSIGN(const std::string text, rows_of(session, which, {"*"}));
    SLUICE_ASSIGN(side.schema, session.describe(text));
    Json alone = select_;
    alone["from_table"] = side.from;
    side.events = EventScope::make(alone, relations);
  }
  const auto table = [this](std::size_t which) {
    const Json& from = sides_[which].from;
    const bool plain = type_of(from) == "BASE_TABLE" && from["column_name_alias"].empty();
    return plain ? lower(from["table_name"].get<std::string>()) : std::string();
  };
  self_join_ = !table(kLeft).empty() && table(kLeft) == table(kRight);
  return {};
}

Result<std::string> JoinSides::rows_of(Session& session, std::size_t which,
                                       const std::vector<std::string>& items) const {
  Json select = select_;
  SLUICE_ASSIGN(select["select_list"], parse_expressions(session, items));
  select["from_table"] = sides_[which].from;
  select["where_clause"] = select["having"] = select["qualify"] = nullptr;
  select["group_expressions"] = select["group_sets"] = select["modifiers"] = Json::array();
  select["aggregate_handling"] = "STANDARD_HANDLING";
  return query_text(session, std::move(select));
}

/// Names of columns that a SELECT reads, of each side.
struct JoinSides::Names {
  std::array<std::set<std::string>, 2> names;
  std::array<bool, 2> all = {false, false};
};

/// `exact`: what is of one side is not of the other, though columns there are called the same.
void JoinSides::add_names(const Json& node, bool exact, Names& to) const {
  if (!node.is_structured() || is_class(node, "CONSTANT")) return;
  const bool star = is_class(node, "STAR");
  const std::string of_star = star ? lower(node.value("relation_name", "")) : "";
  for (std::size_t which = 0; which < sides_.size(); ++which) {
    const std::string alias = lower(sides_[which].alias);
    if (star) to.all[which] = to.all[which] || !exact || of_star.empty() || of_star == alias;
    if (!is_class(node, "COLUMN_REF")) continue;
    const auto only = exact ? side_of_column(node) : std::nullopt;
    if (only && *only != which) continue;
    for (const Json& name : node["column_names"]) {
      to.names[which].insert(lower(name.get<std::string>()));
    }
    const std::string last = lower(node["column_names"].back().get<std::string>());
    for (const JoinSide& side : sides_) to.all[which] = to.all[which] || lower(side.alias) == last;
  }
  for (const Json& child : node) add_names(child, exact, to);
}

/// A column that no name of the SELECT mentions is read by no part of it.
void JoinSides::find_columns(const Json& select) {
  const Json& join = select["from_table"];
  Names read;
  read.all = {join["ref_type"] == "NATURAL", join["ref_type"] == "NATURAL"};
  for (const Json& name : join["using_columns"]) {
    for (auto& names : read.names) names.insert(lower(name.get<std::string>()));
  }
  Names joined = read;
  const auto columns_of = [this](const Names& names, std::size_t which) {
    std::vector<std::string> columns;
    for (const data::Field& field : sides_[which].schema.fields()) {
      const bool is_read = names.all[which] || names.names[which].contains(lower(field.name));
      if (is_read) columns.push_back(field.name);
    }
    return columns;
  };
  for (const char* key : {"select_list", "group_expressions", "having", "qualify", "modifiers"}) {
    add_names(select[key], false, read);
    add_names(select[key], true, joined);
  }
  for (const Json& condition : conditions_) {
    if (type_ != "INNER" || !side_of(condition)) add_names(condition, true, joined);
  }
  if (type_ != "INNER") add_names(select["where_clause"], true, joined);
  add_names(select["where_clause"], false, read);
  add_names(join["condition"], false, read);
  for (std::size_t which = 0; which < sides_.size(); ++which) {
    sides_[which].columns = columns_of(read, which);
    sides_[which].joined_columns = columns_of(joined, which);
  }
}

void JoinSides::add_conditions(const Json& expression) {
  if (expression.is_null()) return;
  if (type_of(expression) == "CONJUNCTION_AND") {
    for (const Json& child : expression["children"]) add_conditions(child);
    return;
  }
  conditions_.push_back(expression);
}

void JoinSides::add_equal_columns(const Json& join) {
  std::vector<std::string> names;
  for (const Json& name : join["using_columns"]) names.push_back(name.get<std::string>());
  if (join["ref_type"] == "NATURAL") {
    for (const data::Field& field : sides_[kLeft].schema.fields()) {
      if (has_column(sides_[kRight].schema, lower(field.name))) names.push_back(field.name);
    }
  }
  for (const std::string& name : names) {
    conditions_.push_back({{"class", "COMPARISON"},
                           {"type", "COMPARE_EQUAL"},
                           {"alias", ""},
                           {"query_location", join.value("query_location", std::uint64_t{0})},
                           {"left", column_of(sides_[kLeft], name, join)},
                           {"right", column_of(sides_[kRight], name, join)}});
  }
}

std::optional<std::size_t> JoinSides::side_of_column(const Json& column) const {
  const Json& names = column["column_names"];
  const std::string first = lower(names[0].get<std::string>());
  std::optional<std::size_t> found;
  for (std::size_t which = 0; which < sides_.size(); ++which) {
    if (names.size() > 1 && lower(sides_[which].alias) == first) return which;
  }
  for (std::size_t which = 0; which < sides_.size(); ++which) {
    if (!has_column(sides_[which].schema, first)) continue;
    if (found) return std::nullopt;
    found = which;
  }
  return found;
}

std::optional<std::size_t> JoinSides::side_of(const Json& expression) const {
  std::optional<std::size_t> common;
  bool mixed = false;
  visit_expressions(expression, [&](const Json& node) {
    if (is_class(node, "SUBQUERY") || is_class(node, "LAMBDA")) mixed = true;
    if (!is_class(node, "COLUMN_REF")) return !mixed;
    const auto which = side_of_column(node);
    mixed = mixed || !which || (common && common != which);
    common = which;
    return false;
  });
  return mixed ? std::nullopt : common;
}

}  // namespace sluice::sql
