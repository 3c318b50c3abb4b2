#include "sql/view/stream_check.h"

#include <algorithm>
#include <map>
#include <utility>

#include "sql/tree/function_catalog.h"

namespace sluice::sql {
namespace {

constexpr char kDistinctOfItsOwn[] =
    "DISTINCT in a subquery, a CTE or a UNION ALL is not possible; make it a view of its own and "
    "read that";
constexpr char kViewOfItsOwn[] =
    "an aggregate in a subquery, a CTE or a UNION is not possible; make it a view of its own and "
    "read that";

constexpr char kJoinOfItsOwn[] = "make the join a view of its own and read that";

/// `row_number() = 1` and `<= n`, as other engines want them written.
constexpr char kRankingAdvice[] =
    "; for the first row of each key, in order of arrival, write SELECT DISTINCT ON (key) ..., or "
    "{sql: ..., deduplicate: {by: [key], within: 10m}}; for its newest, SELECT key, arg_max(value, "
    "ts) ... GROUP BY key; for its n greatest, SELECT key, max({'ts': ts, 'value': value}, n) ... "
    "GROUP BY key";

bool is_ranking(std::string_view function) {
  return function == "row_number" || function == "rank" || function == "dense_rank";
}

/// CTEs in force: lower-case name, and whether its rows come from a stream.
using Scope = std::map<std::string, bool>;

/// Where a query is in the view.
enum class Place : unsigned char {
  kOutermost,
  kUnited,  ///< a part of the outermost UNION, which takes repeated rows out
  kInside,
};

class Checker {
 public:
  Checker(const ViewSql& view, const std::set<std::string>& streams)
      : view_(view), streams_(streams) {}

  Result<StreamUse> check_query(const Json& query, Scope scope, Place place);

 private:
  Result<StreamUse> check_select(const Json& select, const Scope& scope, Place place);
  Result<StreamUse> check_set_operation(const Json& query, const Scope& scope, Place place);
  Status check_row_by_row(const Json& select) const;
  Status check_modifiers(const Json& query) const;
  Status check_subqueries(const Json& node, const Scope& scope);
  Result<bool> reads_stream(const Json& from, const Scope& scope);
  Result<bool> join_reads_stream(const Json& join, const Scope& scope);
  Result<bool> joins_streams(const Json& from, const Scope& scope);
  Status check_join_of_streams(const Json& join) const;

  const ViewSql& view_;
  const std::set<std::string>& streams_;
};

Result<StreamUse> Checker::check_query(const Json& query, Scope scope, Place place) {
  for (const Json& entry : query["cte_map"]["map"]) {
    const std::string name = lower(entry["key"].get<std::string>());
    const Json& body = query_node(entry["value"]["query"]);
    Scope inner = scope;
    // The name of a recursive CTE in itself.
    if (type_of(body) == "RECURSIVE_CTE_NODE") inner[name] = false;
    SLUICE_ASSIGN(const StreamUse use, check_query(body, std::move(inner), Place::kInside));
    scope[name] = use != StreamUse::kNone;
  }
  if (type_of(query) == "SELECT_NODE") return check_select(query, scope, place);
  return check_set_operation(query, scope, place);
}

Result<StreamUse> Checker::check_set_operation(const Json& query, const Scope& scope, Place place) {
  const auto type = query.value("setop_type", std::string());
  const bool is_union = type == "UNION" || type == "UNION_BY_NAME";
  const bool takes_out = is_union && !query["setop_all"].get<bool>();
  const bool united = place == Place::kUnited || (takes_out && place == Place::kOutermost);
  const Place below = united ? Place::kUnited : Place::kInside;
  SLUICE_ASSIGN(const StreamUse left, check_query(query["left"], scope, below));
  SLUICE_ASSIGN(const StreamUse right, check_query(query["right"], scope, below));
  if (left == StreamUse::kNone && right == StreamUse::kNone) return StreamUse::kNone;
  // Set operations have no place; their second SELECT has.
  const Json second = query["right"].value("select_list", Json::array({nullptr}))[0];
  if (type_of(query) == "RECURSIVE_CTE_NODE") {
    return view_.error(
        "WITH RECURSIVE over a stream is not possible; over other rows it is, and may be joined");
  }
  if (!is_union) {
    return view_.error(second, type +
                                   " over a stream compares each row with all rows so far and is "
                                   "not possible; UNION is, and a SEMI or ANTI JOIN bound in time");
  }
  if (takes_out && !united) return view_.error(kDistinctOfItsOwn);
  if (left == StreamUse::kNone || right == StreamUse::kNone) {
    return view_.error(
        second,
        "UNION of a stream with rows that are not a stream would repeat those rows in every batch; "
        "make them a source of their own");
  }
  SLUICE_TRY(check_modifiers(query));
  return takes_out && place == Place::kOutermost ? StreamUse::kDistinct : StreamUse::kRowByRow;
}

Result<StreamUse> Checker::check_select(const Json& select, const Scope& scope, Place place) {
  const Json& from = select["from_table"];
  bool joins = false;
  if (place == Place::kOutermost) {
    SLUICE_ASSIGN(joins, joins_streams(from, scope));
  }
  bool stream = joins;
  if (!joins) {
    SLUICE_ASSIGN(stream, reads_stream(from, scope));
  }
  for (const char* key :
       {"select_list", "where_clause", "group_expressions", "having", "qualify", "modifiers"}) {
    SLUICE_TRY(check_subqueries(select[key], scope));
  }
  if (!stream) return StreamUse::kNone;
  if (!select["sample"].is_null()) {
    return view_.error("USING SAMPLE over a stream is not possible; write WHERE random() < 0.1");
  }
  if (has_aggregates(select)) {
    if (place == Place::kOutermost) return StreamUse::kAggregate;
    return view_.error(select["select_list"][0], kViewOfItsOwn);
  }
  SLUICE_TRY(check_row_by_row(select));
  if (!has_distinct(select)) return joins ? StreamUse::kJoin : StreamUse::kRowByRow;
  if (place == Place::kOutermost) return StreamUse::kDistinct;
  if (place == Place::kInside || has_distinct(select, /*on=*/true)) {
    return view_.error(select["select_list"][0], kDistinctOfItsOwn);
  }
  return StreamUse::kRowByRow;
}

Status Checker::check_row_by_row(const Json& select) const {
  const Json* window = nullptr;
  visit_expressions(select, [&window](const Json& node) {
    if (is_class(node, "WINDOW") && window == nullptr) window = &node;
    return window == nullptr;
  });
  const bool ranks = window != nullptr && is_ranking(function_name(*window));
  if (ranks && !select["qualify"].is_null() && function_name(*window) == "row_number") {
    return view_.error(*window, std::string("QUALIFY row_number() over a stream is not possible") +
                                    kRankingAdvice);
  }
  if (window != nullptr) {
    return view_.error(*window, "the window function " + function_name(*window) +
                                    " over a stream is not possible; over the result of an "
                                    "aggregate it is, in a view that reads that (mode: complete)" +
                                    (ranks ? kRankingAdvice : ""));
  }
  if (!select["qualify"].is_null()) {
    return view_.error(select["qualify"], "QUALIFY over a stream is not possible");
  }
  return check_modifiers(select);
}

Status Checker::check_modifiers(const Json& query) const {
  for (const Json& modifier : query["modifiers"]) {
    const std::string_view type = type_of(modifier);
    if (type == "ORDER_MODIFIER") {
      return view_.error(modifier["orders"][0]["expression"],
                         "ORDER BY over a stream is not possible, since a stream never ends; it is "
                         "possible over the result of an aggregate (mode: complete)");
    }
    if (type == "LIMIT_MODIFIER" || type == "LIMIT_PERCENT_MODIFIER") {
      const Json& limit = modifier["limit"].is_null() ? modifier["offset"] : modifier["limit"];
      return view_.error(limit,
                         "LIMIT over a stream is not possible yet; to read less at a time, "
                         "set max_records_per_trigger in the source");
    }
  }
  return {};
}

/// Subqueries in expressions may do what they like as long as they read no stream.
Status Checker::check_subqueries(const Json& node, const Scope& scope) {
  Status status;
  visit_expressions(node, [&](const Json& expression) {
    if (!is_class(expression, "SUBQUERY") || !status) return static_cast<bool>(status);
    auto use = check_query(query_node(expression["subquery"]), scope, Place::kOutermost);
    if (!use) {
      status = std::move(use).error();
    } else if (*use != StreamUse::kNone) {
      status =
          view_.error(expression,
                      "a subquery over a stream inside an expression is not possible; "
                      "write a join bound in time: EXISTS and IN are FROM a SEMI JOIN b ON "
                      "a.k = b.k AND b.ts BETWEEN a.ts - INTERVAL 5 MINUTE AND a.ts + INTERVAL "
                      "5 MINUTE, NOT EXISTS and NOT IN the same with ANTI JOIN");
    }
    return static_cast<bool>(status);
  });
  return status;
}

Result<bool> Checker::reads_stream(const Json& from, const Scope& scope) {
  const std::string_view type = type_of(from);
  if (type == "BASE_TABLE") {
    const std::string name = lower(from["table_name"].get<std::string>());
    const auto cte = scope.find(name);
    const bool stream = cte != scope.end() ? cte->second : streams_.contains(name);
    if (stream && !from["sample"].is_null()) {
      return view_.error(from,
                         "TABLESAMPLE over a stream is not possible; write WHERE random() < "
                         "0.1");
    }
    return stream;
  }
  if (type == "SUBQUERY") {
    SLUICE_ASSIGN(const StreamUse use,
                  check_query(query_node(from["subquery"]), scope, Place::kInside));
    return use != StreamUse::kNone;
  }
  if (type == "JOIN") return join_reads_stream(from, scope);
  if (type == "TABLE_FUNCTION") {
    SLUICE_TRY(check_subqueries(from["function"]["children"], scope));
  } else if (type == "EXPRESSION_LIST") {
    SLUICE_TRY(check_subqueries(from["values"], scope));
  }
  return false;
}

Result<bool> Checker::join_reads_stream(const Json& join, const Scope& scope) {
  SLUICE_ASSIGN(const bool left, reads_stream(join["left"], scope));
  SLUICE_ASSIGN(const bool right, reads_stream(join["right"], scope));
  SLUICE_TRY(check_subqueries(join["condition"], scope));
  if (!left && !right) return false;
  if (left && right) {
    return view_.error(join["right"],
                       std::string("a join of streams in a subquery of an expression or below an "
                                   "aggregate or DISTINCT that is not a view of its own is "
                                   "not possible; ") +
                           kJoinOfItsOwn);
  }
  if (join["ref_type"] == "POSITIONAL") {
    return view_.error(join["right"], "POSITIONAL JOIN over a stream is not possible");
  }
  const auto type = join["join_type"].get<std::string>();
  const bool possible = type == "INNER" ||
                        (left && (type == "LEFT" || type == "SEMI" || type == "ANTI")) ||
                        (right && type == "RIGHT");
  if (!possible) {
    return view_.error(
        join["right"],
        (type == "ANTI" ? "an " : "a ") + type +
            " JOIN that keeps rows of the side that is not a stream is not possible: "
            "they would come in every batch; write an inner join, or a LEFT JOIN "
            "with the stream on the left");
  }
  return true;
}

/// Whether FROM as a whole is a join of two streams.
Result<bool> Checker::joins_streams(const Json& from, const Scope& scope) {
  if (type_of(from) != "JOIN") return false;
  SLUICE_ASSIGN(const bool left, reads_stream(from["left"], scope));
  SLUICE_ASSIGN(const bool right, reads_stream(from["right"], scope));
  if (!left || !right) return false;
  SLUICE_TRY(check_subqueries(from["condition"], scope));
  SLUICE_TRY(check_join_of_streams(from));
  return true;
}

Status Checker::check_join_of_streams(const Json& join) const {
  const auto how = join["ref_type"].get<std::string>();
  if (how != "REGULAR" && how != "CROSS" && how != "NATURAL") {
    return view_.error(join["right"],
                       (how == "ASOF" ? "an " : "a ") + how +
                           " JOIN of streams is not possible; bound the "
                           "time in ON, such as a.ts BETWEEN b.ts AND b.ts + INTERVAL "
                           "5 MINUTE");
  }
  return {};
}

}  // namespace

bool has_aggregates(const Json& select) {
  if (!select["group_expressions"].empty() || !select["group_sets"].empty() ||
      !select["having"].is_null() || select["aggregate_handling"] == "FORCE_AGGREGATES") {
    return true;
  }
  return !find_aggregates(select["select_list"]).empty() ||
         !find_aggregates(select["modifiers"]).empty() ||
         !find_aggregates(select["qualify"]).empty();
}

bool has_distinct(const Json& select, bool on) {
  return std::ranges::any_of(select["modifiers"], [on](const Json& modifier) {
    return type_of(modifier) == "DISTINCT_MODIFIER" &&
           (!on || !modifier["distinct_on_targets"].empty());
  });
}

Result<StreamUse> check_streams(const ViewSql& view, const std::set<std::string>& streams) {
  return Checker(view, streams).check_query(view.query(), {}, Place::kOutermost);
}

Status check_deduplicate(const ViewSql& view, StreamUse use) {
  if (!view.text().deduplicate || use == StreamUse::kRowByRow) return {};
  if (use == StreamUse::kNone) return view.error("deduplicate: the view reads no stream");
  if (use == StreamUse::kDistinct) {
    return view.error(
        "deduplicate: the SQL has a DISTINCT or UNION of its own; keep one of the two");
  }
  return view.error(
      "deduplicate takes repeated rows out of a stream, not out of the result of an aggregate; "
      "deduplicate in a view of its own, before or after this one");
}

}  // namespace sluice::sql
