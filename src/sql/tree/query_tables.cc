#include "sql/tree/query_tables.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/json.h"
#include "sql/tree/ast.h"

namespace sluice::sql {
namespace {

using data::quote_identifier;
using data::quote_literal;

Error not_possible(const Json& call, const std::string& message) {
  return user_error(function_name(call) + "(): " + message +
                    "; write delta('lake/orders', version := 3) or delta('lake/orders', as_of := "
                    "'2024-05-01 12:00:00')");
}

/// The constant as text, if it is one.
std::optional<std::string> constant_text(const Json& node) {
  if (!is_class(node, "CONSTANT") || node["value"].value("is_null", true)) return std::nullopt;
  const Json& value = node["value"]["value"];
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_integer()) return std::to_string(value.get<std::int64_t>());
  return std::nullopt;
}

Result<QueryTable> delta_call(const Json& call) {
  QueryTable table;
  table.is_delta = true;
  for (const Json& argument : call["children"]) {
    const auto text = constant_text(argument);
    if (!text) return not_possible(call, "an argument is not a constant");
    const std::string name = lower(argument.value("alias", ""));
    if (name.empty() && table.path.empty()) {
      table.path = *text;
    } else if (name == "version" && argument["value"]["value"].is_number_integer()) {
      table.version = argument["value"]["value"].get<std::int64_t>();
    } else if (name == "as_of") {
      table.as_of = *text;
    } else {
      return not_possible(
          call, "there is no such argument" + (name.empty() ? std::string() : ": " + name));
    }
  }
  if (table.path.empty()) return not_possible(call, "no path");
  if (table.version && table.as_of) {
    return not_possible(call, "version and as_of both name a version");
  }
  return table;
}

/// The names of all CTEs, in lower case.
void collect_ctes(const Json& node, std::set<std::string>& names) {
  if (!node.is_structured()) return;
  if (node.is_object() && node.contains("cte_map") && node["cte_map"].is_object()) {
    for (const Json& cte : node["cte_map"].value("map", Json::array())) {
      names.insert(lower(cte.value("key", "")));
    }
  }
  for (const Json& child : node) collect_ctes(child, names);
}

/// DuckDB itself reaches no store.
Status refuse_stores(const Json& call) {
  for (const Json& argument : call["children"]) {
    const auto text = constant_text(argument);
    if (!text || text->find("://") == std::string::npos) continue;
    return user_error(function_name(call) + "() reads files of this machine only; write FROM " +
                      quote_literal(*text));
  }
  return {};
}

Status collect(const Json& node, std::vector<QueryTable>& tables) {
  if (!node.is_structured()) return {};
  std::optional<QueryTable> found;
  if (node.is_object() && type_of(node) == "BASE_TABLE" && node.value("schema_name", "").empty()) {
    found.emplace().path = node.value("table_name", "");
  } else if (node.is_object() && type_of(node) == "TABLE_FUNCTION") {
    const std::string function = function_name(node["function"]);
    if (function == "delta" || function == "delta_scan") {
      SLUICE_ASSIGN(found, delta_call(node["function"]));
    } else {
      SLUICE_TRY(refuse_stores(node["function"]));
    }
  }
  if (found && std::ranges::find(tables, found->name(), &QueryTable::name) == tables.end()) {
    tables.push_back(*std::move(found));
  }
  for (const Json& child : node) SLUICE_TRY(collect(child, tables));
  return {};
}

}  // namespace

std::string QueryTable::name() const {
  if (!is_delta) return path;
  std::string name =
      "delta " + path + "@" + (version ? std::to_string(*version) : as_of.value_or(""));
  // Inside query_table()'s quotes there is no way to write one.
  for (std::size_t at = name.find('"'); at != name.npos; at = name.find('"', at)) {
    name.replace(at, 1, "\u2033");
  }
  return name;
}

Result<std::vector<QueryTable>> query_tables(Session& session, const std::string& query) {
  SLUICE_ASSIGN(const auto text, session.call("json_serialize_sql", query));
  const Json answer = parse_json(text.value_or(""));
  if (!answer.is_object() || answer.value("error", true)) {
    const std::string message = answer.is_object() ? answer.value("error_message", "") : "";
    if (message.starts_with("Only SELECT statements")) {
      return user_error("only SELECT statements can be run; nothing was changed");
    }
    // The same, with the line and a caret under the place.
    auto described = session.describe(query);
    if (!described) return std::move(described).error();
    return user_error("SQL does not parse: " + message);
  }
  const Json& statements = answer["statements"];
  if (statements.size() != 1) {
    return user_error(statements.empty() ? "no SQL; write a SELECT statement"
                                         : "more than one statement; write one SELECT");
  }
  std::vector<QueryTable> tables;
  SLUICE_TRY(collect(statements[0], tables));
  std::set<std::string> ctes;
  collect_ctes(statements[0], ctes);
  std::erase_if(tables, [&ctes](const QueryTable& table) {
    return !table.is_delta && ctes.contains(lower(table.path));
  });
  return tables;
}

Status define_delta_functions(Session& session) {
  for (const char* name : {"delta", "delta_scan"}) {
    SLUICE_TRY(session.execute(
        "CREATE OR REPLACE TEMP MACRO " + std::string(name) +
        "(path, version := NULL, as_of := NULL) AS TABLE SELECT * FROM query_table('\"' || "
        "replace('delta ' || path || '@' || coalesce(CAST(version AS VARCHAR), CAST(as_of AS "
        "VARCHAR), ''), '\"', '\u2033') || '\"')"));
  }
  return {};
}

Status define_query_table(Session& session, const std::string& name, const std::string& select) {
  return session.execute("CREATE OR REPLACE TEMP VIEW " + quote_identifier(name) + " AS " + select);
}

}  // namespace sluice::sql
