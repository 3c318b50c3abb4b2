#include "sql/spark/spark_query.h"

#include <set>
#include <utility>

#include "base/json.h"
#include "sql/functions/spark_functions.h"
#include "sql/spark/spark_aggregates.h"
#include "sql/spark/spark_calls.h"
#include "sql/tree/ast.h"
#include "sql/tree/view_sql.h"

namespace sluice::sql {
namespace {

void add_functions(const Json& node, std::set<std::string>& names) {
  if (!node.is_structured()) return;
  if (is_class(node, "FUNCTION")) names.insert(function_name(node));
  for (const Json& child : node) add_functions(child, names);
}

}  // namespace

Result<std::string> with_spark_functions(Session& session, const std::string& query) {
  SLUICE_ASSIGN(const auto tree, session.call("json_serialize_sql", query));
  Json answer = parse_json(tree.value_or(""));
  const bool select = answer.is_object() && !answer.value("error", true) &&
                      answer.value("statements", Json::array()).size() == 1;
  // DuckDB says what is wrong with SQL that does not parse.
  if (!select) return query;
  Json node = std::move(answer["statements"][0]["node"]);
  ViewText text;
  text.name = "query";
  text.sql = query;
  const ViewSql view(text, node);
  SLUICE_ASSIGN(const bool aggregates, replace_aggregates(session, node));
  SLUICE_ASSIGN(const bool calls, replace_spark_calls(session, view, node));
  std::set<std::string> names;
  add_functions(node, names);
  SLUICE_TRY(define_spark_functions(session, names));
  if (!aggregates && !calls) return query;
  return query_text(session, std::move(node));
}

}  // namespace sluice::sql
