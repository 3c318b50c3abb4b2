#include "sql/plan/view_parts.h"

#include <algorithm>
#include <utility>

#include "data/type.h"
#include "sql/aggregate/aggregate_state.h"
#include "sql/join/join_split.h"
#include "sql/spark/parse_view.h"
#include "sql/view/stream_check.h"

namespace sluice::sql {
namespace {

using Part = JoinSplit::Part;
/// Lower-case names whose rows come batch by batch, CTEs in force among them.
using Streams = std::set<std::string>;

bool reads_stream(const Json& from, const Streams& streams);

bool query_reads_stream(const Json& query, Streams streams);

/// Adds the CTEs of a query to the names in force, or takes those away that hide a stream.
void add_ctes(const Json& query, Streams& streams) {
  for (const Json& entry : query["cte_map"]["map"]) {
    const std::string name = lower(entry["key"].get<std::string>());
    const bool stream = query_reads_stream(query_node(entry["value"]["query"]), streams);
    if (stream) {
      streams.insert(name);
    } else {
      streams.erase(name);
    }
  }
}

bool query_reads_stream(const Json& query, Streams streams) {
  add_ctes(query, streams);
  if (query.contains("from_table")) return reads_stream(query["from_table"], streams);
  if (!query.contains("left")) return false;
  return query_reads_stream(query["left"], streams) || query_reads_stream(query["right"], streams);
}

bool reads_stream(const Json& from, const Streams& streams) {
  const std::string_view type = type_of(from);
  if (type == "BASE_TABLE") return streams.contains(lower(from["table_name"].get<std::string>()));
  if (type == "SUBQUERY") return query_reads_stream(query_node(from["subquery"]), streams);
  if (type != "JOIN") return false;
  return reads_stream(from["left"], streams) || reads_stream(from["right"], streams);
}

/// Whether two streams meet anywhere in FROM.
bool joins_streams(const Json& from, const Streams& streams) {
  if (type_of(from) != "JOIN") return false;
  if (reads_stream(from["left"], streams) && reads_stream(from["right"], streams)) return true;
  return joins_streams(from["left"], streams) || joins_streams(from["right"], streams);
}

class PartFinder {
 public:
  PartFinder(Session& session, const ViewSql& view) : session_(session), view_(view) {}

  Result<std::optional<ViewPart>> find(const Streams& streams, const data::Schema& schema);

 private:
  /// Looks for a query that joins streams inside `query`, or that is it, and puts a SELECT from
  /// the part in its place. `name`: of the part.
  Result<bool> take_query(Json& query, const Streams& streams, const Json& ctes,
                          const std::string& name, bool outermost);
  Result<bool> take_from(Json& from, const Streams& streams, const Json& ctes);
  Status replace(Json& query, const Json& ctes, const std::string& name);

  Session& session_;
  const ViewSql& view_;
  int unions_ = 0;
  ViewPart found_;
};

/// The query becomes a part, with the CTEs that it may read.
Status PartFinder::replace(Json& query, const Json& ctes, const std::string& name) {
  found_.name = view_.name() + "__" + name;
  found_.part = query;
  Json& own = found_.part["cte_map"]["map"];
  Json all = Json::array();
  for (const Json& entry : ctes) {
    const bool hidden = std::ranges::any_of(own, [&entry](const Json& inner) {
      return lower(inner["key"].get<std::string>()) == lower(entry["key"].get<std::string>());
    });
    if (!hidden) all.push_back(entry);
  }
  for (Json& entry : own) all.push_back(std::move(entry));
  own = std::move(all);
  ViewText text;
  text.sql = "SELECT * FROM " + data::quote_identifier(found_.name);
  SLUICE_ASSIGN(const ViewSql reading, parse_view(session_, text));
  query = reading.query();
  return {};
}

Result<bool> PartFinder::take_query(Json& query, const Streams& outer, const Json& outer_ctes,
                                    const std::string& name, bool outermost) {
  Streams streams = outer;
  Json ctes = outer_ctes;
  for (Json& entry : query["cte_map"]["map"]) {
    const auto cte = entry["key"].get<std::string>();
    Json& body = entry["value"]["query"];
    Json& node = body.contains("node") ? body["node"] : body;
    SLUICE_ASSIGN(const bool taken, take_query(node, streams, ctes, "with_" + cte, false));
    if (taken) return true;
    const bool stream = query_reads_stream(node, streams);
    if (stream) streams.insert(lower(cte));
    if (!stream) streams.erase(lower(cte));
    ctes.push_back(entry);
  }
  if (type_of(query) == "SET_OPERATION_NODE") {
    for (const char* side : {"left", "right"}) {
      SLUICE_ASSIGN(const bool taken, take_query(query[side], streams, ctes,
                                                 "union_" + std::to_string(++unions_), false));
      if (taken) return true;
    }
    return false;
  }
  if (type_of(query) != "SELECT_NODE") return false;
  if (!outermost && joins_streams(query["from_table"], streams) && !has_aggregates(query) &&
      !has_distinct(query)) {
    SLUICE_TRY(replace(query, outer_ctes, name));
    return true;
  }
  return take_from(query["from_table"], streams, ctes);
}

Result<bool> PartFinder::take_from(Json& from, const Streams& streams, const Json& ctes) {
  if (type_of(from) == "SUBQUERY") {
    Json& node = from["subquery"].contains("node") ? from["subquery"]["node"] : from["subquery"];
    const std::string alias = from.value("alias", "");
    return take_query(node, streams, ctes, "from_" + (alias.empty() ? "subquery" : alias), false);
  }
  if (type_of(from) != "JOIN") return false;
  SLUICE_ASSIGN(const bool left, take_from(from["left"], streams, ctes));
  if (left) return true;
  return take_from(from["right"], streams, ctes);
}

Result<std::optional<ViewPart>> PartFinder::find(const Streams& streams,
                                                 const data::Schema& schema) {
  Json query = view_.query();
  SLUICE_ASSIGN(const bool taken, take_query(query, streams, Json::array(), "", true));
  if (taken) {
    found_.rest = std::move(query);
    return std::optional(std::move(found_));
  }
  if (type_of(query) != "SELECT_NODE") return std::optional<ViewPart>();
  Streams inside = streams;
  add_ctes(query, inside);
  const Json& from = query["from_table"];
  if (!joins_streams(from, inside)) return std::optional<ViewPart>();
  const auto is_nested = [&](const char* side) {
    return type_of(from[side]) == "JOIN" && reads_stream(from[side], inside);
  };
  Part part = Part::kWhole;
  std::string name = view_.name() + "__join";
  if (!has_aggregates(query) && !has_distinct(query) && !view_.text().deduplicate) {
    if (!is_nested("left") && !is_nested("right")) return std::optional<ViewPart>();
    part = is_nested("left") ? Part::kLeft : Part::kRight;
    if (part == Part::kRight) name += "_right";
  }
  SLUICE_ASSIGN(JoinSplit split, JoinSplit::make(session_, view_, part, schema, name));
  return std::optional(ViewPart{name, std::move(split.join), std::move(split.over)});
}

/// The names of all tables below `node`, lower case.
void add_tables(const Json& node, std::set<std::string>& names) {
  if (!node.is_structured()) return;
  if (type_of(node) == "BASE_TABLE") names.insert(lower(node["table_name"].get<std::string>()));
  for (const Json& child : node) add_tables(child, names);
}

/// A CTE that is not read any more must not count as what the query reads.
void drop_unread_ctes(Json& query) {
  Json& ctes = query["cte_map"]["map"];
  Json all = std::exchange(ctes, Json::array());
  std::set<std::string> read;
  add_tables(query, read);
  std::reverse(all.begin(), all.end());
  Json kept = Json::array();
  for (Json& entry : all) {
    if (!read.contains(lower(entry["key"].get<std::string>()))) continue;
    add_tables(entry["value"], read);
    kept.push_back(std::move(entry));
  }
  std::reverse(kept.begin(), kept.end());
  ctes = std::move(kept);
}

}  // namespace

Result<std::optional<ViewPart>> take_part(Session& session, const ViewSql& view,
                                          const std::set<std::string>& streams,
                                          const data::Schema& schema) {
  SLUICE_ASSIGN(auto found, PartFinder(session, view).find(streams, schema));
  if (found) {
    drop_unread_ctes(found->part);
    drop_unread_ctes(found->rest);
  }
  return found;
}

}  // namespace sluice::sql
