#include "sql/join/join_split.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "data/type.h"
#include "sql/aggregate/aggregate_state.h"
#include "sql/join/from_names.h"

namespace sluice::sql {
namespace {

using Part = JoinSplit::Part;

/// The conditions that WHERE joins by AND.
std::vector<Json> conditions_of(const Json& where) {
  if (where.is_null()) return {};
  if (type_of(where) != "CONJUNCTION_AND") return {where};
  std::vector<Json> all;
  for (const Json& child : where["children"]) {
    for (Json& condition : conditions_of(child)) all.push_back(std::move(condition));
  }
  return all;
}

/// Whether a row of the part that WHERE drops could be dropped before the outermost join.
bool may_filter_first(Part part, const Json& from) {
  if (part == Part::kWhole) return true;
  const auto type = from["join_type"].get<std::string>();
  if (type == "INNER") return true;
  return part == Part::kLeft ? type == "LEFT" || type == "SEMI" || type == "ANTI" : type == "RIGHT";
}

/// The columns are called as before.
Status keep_names(const ViewSql& view, const data::Schema& schema, Json& items) {
  const Json& written = view.query()["select_list"];
  const bool stars =
      std::ranges::any_of(written, [](const Json& item) { return is_class(item, "STAR"); });
  bool same = items.size() == schema.size();
  for (std::size_t i = 0; i < items.size() && same; ++i) {
    const auto alias = items[i].value("alias", "");
    if (alias.empty()) items[i]["alias"] = schema[i].name;
    same = !stars || alias.empty() || lower(alias) == lower(schema[i].name);
  }
  if (same || !stars) return {};
  return view.error(written[0],
                    "what * expands to is not clear over these joins of streams; name the "
                    "columns");
}

}  // namespace

Result<JoinSplit> JoinSplit::make(Session& session, const ViewSql& view, Part part,
                                  const data::Schema& schema, const std::string& name) {
  SLUICE_ASSIGN(const FromNames names, FromNames::make(session, view, part));
  JoinSplit split{view.query(), view.query()};
  split.join["from_table"] = names.part_of(split.over);
  split.join["where_clause"] = split.over["where_clause"] = nullptr;
  const bool first = may_filter_first(part, view.query()["from_table"]);
  for (Json& condition : conditions_of(view.query()["where_clause"])) {
    const bool below = first && names.is_of_part(condition);
    add_condition((below ? split.join : split.over)["where_clause"], std::move(condition));
  }
  SLUICE_ASSIGN(names.part_of(split.over), parse_from(session, data::quote_identifier(name)));
  if (part == Part::kWhole) split.over["cte_map"]["map"] = Json::array();
  SLUICE_TRY(names.expand_stars(session, split.over["select_list"]));
  SLUICE_ASSIGN(split.join["select_list"],
                parse_expressions(session, names.columns_for(split.over)));
  for (const char* key : {"select_list", "where_clause", "group_expressions", "from_table"}) {
    SLUICE_TRY(names.rename(split.over[key], false));
  }
  for (const char* key : {"having", "qualify", "modifiers"}) {
    SLUICE_TRY(names.rename(split.over[key], true));
  }
  Json& items = split.over["select_list"];
  SLUICE_TRY(keep_names(view, schema, items));
  split.join["group_expressions"] = split.join["group_sets"] = split.join["modifiers"] =
      Json::array();
  split.join["having"] = split.join["qualify"] = nullptr;
  split.join["aggregate_handling"] = "STANDARD_HANDLING";
  return split;
}

}  // namespace sluice::sql
