#include "sql/view/condition.h"

#include <set>
#include <utility>

#include "base/json.h"
#include "sql/functions/spark_functions.h"
#include "sql/tree/ast.h"
#include "sql/tree/binder_message.h"

namespace sluice::sql {
namespace {

/// What the expression calls, and whether it reads other rows.
void look_at(const Json& node, std::set<std::string>& functions, bool& reads_rows) {
  if (!node.is_structured()) return;
  if (is_class(node, "FUNCTION")) functions.insert(function_name(node));
  reads_rows = reads_rows || is_class(node, "SUBQUERY") || is_class(node, "WINDOW");
  for (const Json& child : node) look_at(child, functions, reads_rows);
}

std::string nulls_of(const data::Schema& schema) {
  std::string items;
  for (const data::Field& field : schema.fields()) {
    items += (items.empty() ? "" : ", ") + ("CAST(NULL AS " + field.type.to_string() + ") AS ") +
             data::quote_identifier(field.name);
  }
  return "SELECT " + items;
}

}  // namespace

Status check_condition(Session& session, const data::Schema& schema, const std::string& condition) {
  SLUICE_ASSIGN(const auto text,
                session.call("json_serialize_sql", "SELECT (" + condition + "\n)"));
  const Json answer = parse_json(text.value_or(""));
  if (!answer.is_object() || answer.value("error", true)) {
    return user_error("is not valid SQL: " +
                      in_words_of_the_user(answer.value("error_message", "")));
  }
  const Json& statements = answer["statements"];
  const Json items = statements[0]["node"].value("select_list", Json::array());
  if (statements.size() != 1 || items.size() != 1) {
    return user_error("is not one SQL expression; write one, such as op = 'd'");
  }
  std::set<std::string> functions;
  bool reads_rows = false;
  look_at(items[0], functions, reads_rows);
  if (reads_rows) {
    return user_error(
        "reads rows other than its own; compute it in the view, and name the column here");
  }
  SLUICE_TRY(define_spark_functions(session, functions));
  const auto bound =
      session.describe("SELECT (" + condition + "\n) AS c FROM (" + nulls_of(schema) +
                       ") WHERE ((" + condition + "\n)) IS NOT NULL");
  if (!bound) {
    // Below the first line DuckDB shows SQL that nobody wrote.
    std::string why = in_words_of_the_user(bound.error().message());
    why = why.substr(0, why.find('\n'));
    while (why.ends_with('!')) why.pop_back();
    return user_error("does not fit the rows: " + why + "; they have: " + schema.to_string());
  }
  const std::string type = (*bound)[0].type.to_string();
  if (type != "BOOLEAN") {
    return user_error("is not a condition but of type " + type + "; compare it, such as op = 'd'");
  }
  return {};
}

}  // namespace sluice::sql
