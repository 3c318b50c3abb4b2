#include "sql/join/join_select.h"

#include <utility>
#include <vector>

#include "sql/aggregate/aggregate_state.h"

namespace sluice::sql {
namespace {

using data::quote_identifier;

}  // namespace

std::string JoinSelect::number(std::size_t which) {
  return which == JoinSides::kLeft ? "__left_id" : "__right_id";
}

bool JoinSelect::numbered(std::size_t which) const {
  return sides_.keeps(which) || (which == JoinSides::kLeft && sides_.type() == "SEMI");
}

Result<std::string> JoinSelect::put_in(Session& session, Json select, const std::string& left,
                                       const std::string& right, std::string_view type) const {
  Json& join = select["from_table"];
  SLUICE_ASSIGN(join["left"],
                parse_from(session, "(" + left + ") AS " +
                                        quote_identifier(sides_.side(JoinSides::kLeft).alias)));
  SLUICE_ASSIGN(join["right"],
                parse_from(session, "(" + right + ") AS " +
                                        quote_identifier(sides_.side(JoinSides::kRight).alias)));
  join["join_type"] = std::string(type);
  return query_text(session, std::move(select));
}

Result<std::string> JoinSelect::text(Session& session, const std::string& left,
                                     const std::string& right, std::string_view type) const {
  return put_in(session, view_.query(), left, right, type);
}

Result<std::string> JoinSelect::tracked(Session& session, const std::string& left,
                                        const std::string& right, std::string_view type) const {
  Json select = view_.query();
  SLUICE_TRY(hide_numbers(select));
  std::vector<std::string> items;
  for (const std::size_t which : {JoinSides::kLeft, JoinSides::kRight}) {
    if (!numbered(which)) continue;
    items.push_back(quote_identifier(sides_.side(which).alias) + "." + number(which));
  }
  const bool anti = sides_.type() == "ANTI";
  items.emplace_back(anti ? "false AS __keep" : "true AS __keep");
  SLUICE_ASSIGN(std::vector<Json> more, parse_expressions(session, items));
  if (!anti && !select["where_clause"].is_null()) {
    more.back() = std::move(select["where_clause"]);
    more.back()["alias"] = "__keep";
    select["where_clause"] = nullptr;
  }
  for (Json& item : more) select["select_list"].push_back(std::move(item));
  return put_in(session, std::move(select), left, right, type);
}

/// A star is the user's columns only.
Status JoinSelect::hide_numbers(Json& select) const {
  for (Json& item : select["select_list"]) {
    const Json* star = nullptr;
    visit_expressions(item, [&star](const Json& node) {
      if (is_class(node, "STAR")) star = &node;
      return star == nullptr;
    });
    if (star == nullptr) continue;
    if (star != &item || !item["expr"].is_null() || item["columns"] == true) {
      return view_.error(*star, "COLUMNS(...) beside a " + sides_.type() +
                                    " JOIN of streams is not possible; name the columns");
    }
    const std::string of = lower(item["relation_name"].get<std::string>());
    for (const std::size_t which : {JoinSides::kLeft, JoinSides::kRight}) {
      const bool semi = sides_.type() == "SEMI" || sides_.type() == "ANTI";
      if (!numbered(which) || (semi && which == JoinSides::kRight)) continue;
      if (of.empty() || of == lower(sides_.side(which).alias)) {
        item["exclude_list"].push_back(number(which));
      }
    }
  }
  return {};
}

}  // namespace sluice::sql
