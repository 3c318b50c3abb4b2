#include "sql/join/from_names.h"

#include <algorithm>
#include <utility>

#include "data/type.h"
#include "sql/tree/select_names.h"

namespace sluice::sql {
namespace {

using data::quote_identifier;

/// The name of a column in the view that the part becomes.
std::string joined_name(const std::string& side, const std::string& column) {
  return side + "." + column;
}

std::string column_text(const std::string& side, const std::string& column) {
  return quote_identifier(side) + "." + quote_identifier(column);
}

std::string name_in(const data::Schema& schema, const std::string& column) {
  for (const data::Field& field : schema.fields()) {
    if (lower(field.name) == lower(column)) return field.name;
  }
  return {};
}

}  // namespace

std::string alias_of(const Json& item) {
  const auto alias = item.value("alias", "");
  return alias.empty() ? item.value("table_name", "") : alias;
}

Result<FromNames> FromNames::make(Session& session, const ViewSql& view, JoinSplit::Part part) {
  FromNames names(view, part);
  const Json& from = view.query()["from_table"];
  for (const Json& name : from["using_columns"]) {
    names.merged_.insert(lower(name.get<std::string>()));
  }
  names.merged_elsewhere_ = names.merged_;
  if (from["ref_type"] == "NATURAL" && part != JoinSplit::Part::kWhole) {
    return view.error(from["right"],
                      "a NATURAL JOIN beside further joins of streams is not possible; write JOIN "
                      "... USING (columns)");
  }
  const bool hides_right = from["join_type"] == "SEMI" || from["join_type"] == "ANTI";
  SLUICE_TRY(names.add_sides(session, from["left"], part != JoinSplit::Part::kRight));
  if (!hides_right) {
    SLUICE_TRY(names.add_sides(session, from["right"], part != JoinSplit::Part::kLeft));
  }
  for (const Json& item : view.query()["select_list"]) {
    names.aliases_.insert(lower(item.value("alias", "")));
  }
  return names;
}

Json& FromNames::part_of(Json& select) const {
  Json& from = select["from_table"];
  if (part_ == JoinSplit::Part::kWhole) return from;
  return from[part_ == JoinSplit::Part::kLeft ? "left" : "right"];
}

Status FromNames::add_sides(Session& session, const Json& from, bool in_part) {
  if (type_of(from) == "JOIN") {
    if (from["ref_type"] == "NATURAL") {
      return view_.error(from["right"],
                         "a NATURAL JOIN beside further joins of streams is not possible; write "
                         "JOIN ... USING (columns)");
    }
    for (const Json& name : from["using_columns"]) {
      (in_part ? merged_ : merged_elsewhere_).insert(lower(name.get<std::string>()));
    }
    SLUICE_TRY(add_sides(session, from["left"], in_part));
    if (from["join_type"] == "SEMI" || from["join_type"] == "ANTI") return {};
    return add_sides(session, from["right"], in_part);
  }
  Side side{alias_of(from), {}, in_part};
  if (side.alias.empty()) {
    return view_.error(from,
                       "a subquery beside further joins of streams needs a name: (SELECT "
                       "...) AS s");
  }
  Json select = view_.query();
  SLUICE_ASSIGN(select["select_list"],
                parse_expressions(session, {quote_identifier(side.alias) + ".*"}));
  select["where_clause"] = select["having"] = select["qualify"] = nullptr;
  select["group_expressions"] = select["group_sets"] = select["modifiers"] = Json::array();
  select["aggregate_handling"] = "STANDARD_HANDLING";
  SLUICE_ASSIGN(const std::string text, query_text(session, std::move(select)));
  SLUICE_ASSIGN(side.schema, session.describe(text));
  sides_.push_back(std::move(side));
  return {};
}

std::vector<std::string> FromNames::columns_for(const Json& over) const {
  std::set<std::string> read = merged_;
  const auto visit = [&read](const auto& self, const Json& node) -> void {
    if (!node.is_structured() || is_class(node, "CONSTANT")) return;
    if (is_class(node, "COLUMN_REF")) {
      for (const Json& name : node["column_names"]) read.insert(lower(name.get<std::string>()));
    }
    for (const Json& child : node) self(self, child);
  };
  visit(visit, over);
  std::vector<std::string> items;
  std::set<std::string> merged;
  for (const Side& side : sides_) {
    for (const data::Field& field : side.schema.fields()) {
      if (!side.in_part || !read.contains(lower(field.name))) continue;
      items.push_back(column_text(side.alias, field.name) + " AS " +
                      quote_identifier(joined_name(side.alias, field.name)));
      if (!is_merged(side, field.name) || !merged.insert(lower(field.name)).second) continue;
      // What the part does not merge itself is of one of its sides only.
      items.push_back(quote_identifier(field.name) + " AS " + quote_identifier(field.name));
    }
  }
  if (items.empty()) items.emplace_back("true AS __none");
  return items;
}

Status FromNames::expand_stars(Session& session, Json& select_list) const {
  Json items = Json::array();
  for (Json& item : select_list) {
    if (!is_class(item, "STAR")) {
      items.push_back(std::move(item));
      continue;
    }
    for (const char* change :
         {"exclude_list", "replace_list", "qualified_exclude_list", "rename_list"}) {
      if (item[change].empty()) continue;
      return view_.error(
          item, std::string("* with EXCLUDE, REPLACE or RENAME beside further joins of streams is "
                            "not possible; name the columns"));
    }
    if (item["columns"] == true || !item["expr"].is_null()) {
      return view_.error(item,
                         "COLUMNS(...) beside further joins of streams is not possible; name "
                         "the columns");
    }
    const std::string of = lower(item["relation_name"].get<std::string>());
    std::vector<std::string> texts;
    std::set<std::string> merged;
    for (const Side& side : sides_) {
      if (!of.empty() && lower(side.alias) != of) continue;
      for (const data::Field& field : side.schema.fields()) {
        const bool plain = of.empty() && is_merged(side, field.name);
        if (plain && !merged.insert(lower(field.name)).second) continue;
        texts.push_back(
            (plain ? quote_identifier(field.name) : column_text(side.alias, field.name)) + " AS " +
            quote_identifier(field.name));
      }
    }
    SLUICE_ASSIGN(std::vector<Json> columns, parse_expressions(session, texts));
    for (Json& column : columns) items.push_back(std::move(column));
  }
  select_list = std::move(items);
  return {};
}

FromNames::Found FromNames::find(const Json& names, bool alias_first) const {
  const std::string first = lower(names[0].get<std::string>());
  for (const Side& side : sides_) {
    if (names.size() < 2 || lower(side.alias) != first) continue;
    const std::string column = name_in(side.schema, names[1].get<std::string>());
    if (!side.in_part || column.empty()) return {};
    return {joined_name(side.alias, column), true};
  }
  if ((alias_first && aliases_.contains(first)) || merged_.contains(first)) return {};
  Found found;
  bool elsewhere = false;
  for (const Side& side : sides_) {
    const std::string column = name_in(side.schema, first);
    if (column.empty()) continue;
    elsewhere = elsewhere || !side.in_part || !found.column.empty();
    found.column = joined_name(side.alias, column);
  }
  return elsewhere ? Found() : found;
}

Status FromNames::rename(Json& node, bool alias_first) const {
  return rename(node, alias_first, {}, false);
}

/// `hidden`: names of lambdas' parameters, lower case; `nested`: inside a subquery, whose own
/// columns come first.
Status FromNames::rename(Json& node, bool alias_first, std::set<std::string> hidden,
                         bool nested) const {
  if (!node.is_structured() || is_class(node, "CONSTANT")) return {};
  if (is_class(node, "LAMBDA")) hidden.merge(lambda_parameters(node));
  if (is_class(node, "COLUMN_REF")) {
    Json& names = node["column_names"];
    if (hidden.contains(lower(names[0].get<std::string>()))) return {};
    const Found found = find(names, alias_first);
    if (found.column.empty()) {
      const bool row = std::ranges::any_of(sides_, [&names](const Side& side) {
        return side.in_part && names.size() == 1 &&
               lower(side.alias) == lower(names[0].get<std::string>());
      });
      if (!row) return {};
      return view_.error(node, "a whole row of '" + names[0].get<std::string>() +
                                   "' is not possible beside further joins or aggregates; name "
                                   "its columns");
    }
    if (nested && !found.qualified) {
      return view_.error(node, "the column '" + names[0].get<std::string>() +
                                   "' in a subquery beside joins of streams needs the name of its "
                                   "table: t." +
                                   names[0].get<std::string>());
    }
    if (found.qualified) names.erase(names.begin());
    names[0] = found.column;
    return {};
  }
  if (is_class(node, "FUNCTION") && function_name(node) == "struct_pack") {
    // A field takes its name from the column, which gets another one here.
    for (Json& field : node["children"]) {
      if (is_class(field, "COLUMN_REF") && field.value("alias", "").empty()) {
        field["alias"] = field["column_names"].back();
      }
    }
  }
  nested = nested || is_class(node, "SUBQUERY");
  // A subquery in FROM has names of its own.
  if (type_of(node) == "SUBQUERY" && node.contains("sample")) return {};
  for (Json& child : node) SLUICE_TRY(rename(child, alias_first, hidden, nested));
  return {};
}

bool FromNames::is_of_part(const Json& condition) const {
  bool all = true;
  bool any = false;
  visit_expressions(condition, [&](const Json& node) {
    if (is_class(node, "SUBQUERY") || is_class(node, "LAMBDA")) all = false;
    if (!is_class(node, "COLUMN_REF")) return all;
    any = true;
    all = all && !find(node["column_names"], false).column.empty();
    return all;
  });
  return all && any;
}

}  // namespace sluice::sql
