#include "sql/view/bind_view.h"

#include <set>
#include <string>
#include <utility>

#include "base/json.h"
#include "sql/functions/spark_functions.h"
#include "sql/tree/binder_message.h"
#include "sql/tree/function_advice.h"
#include "sql/view/view_plan.h"

namespace sluice::sql {
namespace {

/// DuckDB gives its errors as JSON, with their place, as long as this lives.
class ErrorsAsJson {
 public:
  explicit ErrorsAsJson(Session& session) : session_(session) {
    static_cast<void>(session_.execute("SET errors_as_json = true"));
  }
  ErrorsAsJson(const ErrorsAsJson&) = delete;
  ErrorsAsJson& operator=(const ErrorsAsJson&) = delete;
  ~ErrorsAsJson() { static_cast<void>(session_.execute("SET errors_as_json = false")); }

 private:
  Session& session_;
};

Error located_error(const ViewSql& view, const Error& error) {
  const std::string& message = error.message();
  const std::size_t brace = message.find('{');
  const Json details = parse_json(brace == std::string::npos ? "" : message.substr(brace));
  if (!details.is_object()) return view.error(message);
  std::string text = details.value("exception_message", message);
  std::string function = lower(details.value("name", ""));
  // DuckDB's name of an operator that comes after its operand.
  if (const std::size_t mark = function.find("__postfix"); mark != std::string::npos) {
    function.erase(mark);
  }
  std::string_view advice = spark_advice(function);
  if (advice.empty()) advice = function_advice(function);
  if (function == "`") {
    text = advice;
  } else if (!advice.empty()) {
    text = "the function " + details.value("name", "") + " does not exist: " + std::string(advice);
  }
  Json place = Json::object();
  if (!details.contains("position")) {
    place["query_location"] = find_named(text, view.text().sql);
  } else {
    const std::uint64_t offset = std::stoull(details.value("position", "0"));
    place["query_location"] =
        view.is_as_written() ? offset : find_as_written(view.statement(), offset, view.text().sql);
  }
  return view.error(place, in_words_of_the_user(std::move(text)));
}

/// Operators whose rows depend on other rows than the one in hand.
bool mixes_rows(const std::string& name, bool has_delim_join) {
  static const std::set<std::string> names = {"UNGROUPED_AGGREGATE",
                                              "HASH_GROUP_BY",
                                              "PERFECT_HASH_GROUP_BY",
                                              "PARTITIONED_AGGREGATE",
                                              "WINDOW",
                                              "ORDER_BY",
                                              "TOP_N",
                                              "LIMIT",
                                              "STREAMING_LIMIT",
                                              "LIMIT_PERCENT",
                                              "STREAMING_SAMPLE",
                                              "RESERVOIR_SAMPLE"};
  // DuckDB numbers the rows of a correlated subquery.
  return names.contains(name) || (name == "STREAMING_WINDOW" && !has_delim_join);
}

/// DuckDB's operator in words of SQL.
std::string in_words(const std::string& name) {
  if (name.find("WINDOW") != std::string::npos) return "a window function";
  if (name.find("LIMIT") != std::string::npos || name == "TOP_N") return "LIMIT";
  if (name.find("SAMPLE") != std::string::npos) return "a sample";
  if (name == "ORDER_BY") return "ORDER BY";
  return "an aggregate";
}

struct OperatorTree {
  bool has_delim_join = false;
  std::string mixing;  ///< operator that mixes rows of a stream, or ""

  /// Whether the rows of `node` come from a stream.
  bool visit(const Json& node) {
    std::string name = node.value("name", "");
    name.erase(name.find_last_not_of(' ') + 1);
    const Json& info = node.contains("extra_info") ? node["extra_info"] : Json();
    if (info.is_object() && info.value("Table", "").ends_with(kStaticTableEnding)) return false;
    bool stream = name.starts_with("SLUICE_SCAN") || name.starts_with("SEQ_SCAN") ||
                  name.starts_with("TABLE_SCAN");
    for (const Json& child : node["children"]) stream |= visit(child);
    if (stream && mixing.empty() && mixes_rows(name, has_delim_join)) mixing = name;
    return stream;
  }
};

}  // namespace

Result<data::Schema> bind_view(Session& session, const ViewSql& view) {
  const ErrorsAsJson as_json(session);
  auto schema = session.describe(view.statement());
  if (!schema) return located_error(view, schema.error());
  return schema;
}

Status check_row_by_row(Session& session, const ViewSql& view) {
  SLUICE_ASSIGN(const Rows rows, session.query("EXPLAIN (FORMAT json) " + view.statement()));
  const std::string text = rows.values.empty() ? "" : rows.values[0].back().value_or("");
  const Json plan = parse_json(text);
  if (!plan.is_array()) return internal_error("view " + view.name() + ": unreadable plan: " + text);
  OperatorTree tree;
  tree.has_delim_join = text.find("_DELIM_JOIN") != std::string::npos;
  for (const Json& root : plan) tree.visit(root);
  if (tree.mixing.empty()) return {};
  return view.error(in_words(tree.mixing) +
                    " that needs rows other than the current one is not possible here over a "
                    "stream; make what it reads a view of its own");
}

}  // namespace sluice::sql
