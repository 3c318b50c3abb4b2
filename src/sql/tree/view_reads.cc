#include "sql/tree/view_reads.h"

#include <algorithm>
#include <utility>

#include "base/nearest.h"

namespace sluice::sql {
namespace {

/// Names of common table expressions in force.
using Scope = std::set<std::string>;

const std::set<std::string>& table_functions() {
  static const std::set<std::string> names = {"unnest", "range", "generate_series"};
  return names;
}

/// Scalar functions that reach outside the query.
const std::set<std::string>& forbidden_functions() {
  static const std::set<std::string> names = {"nextval",     "currval",   "getenv",
                                              "getvariable", "write_log", "current_setting"};
  return names;
}

class Reader {
 public:
  Reader(const ViewSql& view, const KnownNames& known) : view_(view), known_(known) {}

  Status read_query(const Json& query, Scope scope);
  ViewReads take() { return std::move(reads_); }

 private:
  Status read_tables(const Json& from, const Scope& scope);
  Status read_base_table(const Json& table, const Scope& scope);
  Status read_join(const Json& join, const Scope& scope);
  Status read_expressions(const Json& node, const Scope& scope);
  Status read_expression(const Json& node, const Scope& scope);
  Status read_function(const Json& node);

  const ViewSql& view_;
  const KnownNames& known_;
  ViewReads reads_;
  std::set<std::string> relations_;  ///< names and aliases of tables, lower case
};

Status Reader::read_query(const Json& query, Scope scope) {
  for (const Json& entry : query["cte_map"]["map"]) {
    const std::string name = lower(entry["key"].get<std::string>());
    const Json& body = query_node(entry["value"]["query"]);
    Scope inner = scope;
    if (type_of(body) == "RECURSIVE_CTE_NODE") inner.insert(name);
    SLUICE_TRY(read_query(body, std::move(inner)));
    scope.insert(name);
    relations_.insert(name);
    if (!entry["value"]["aliases"].empty()) reads_.all_columns = true;
  }
  const std::string_view type = type_of(query);
  if (type == "SET_OPERATION_NODE" || type == "RECURSIVE_CTE_NODE") {
    SLUICE_TRY(read_query(query["left"], scope));
    SLUICE_TRY(read_query(query["right"], scope));
  } else if (type == "SELECT_NODE") {
    SLUICE_TRY(read_tables(query["from_table"], scope));
    for (const char* key :
         {"select_list", "where_clause", "group_expressions", "having", "qualify"}) {
      SLUICE_TRY(read_expressions(query[key], scope));
    }
  } else {
    return view_.error("a " + std::string(type) + " is not possible in a view");
  }
  return read_expressions(query["modifiers"], scope);
}

Status Reader::read_tables(const Json& from, const Scope& scope) {
  const std::string_view type = type_of(from);
  const std::string alias = lower(from.value("alias", ""));
  if (!alias.empty()) relations_.insert(alias);
  const auto names = from.find("column_name_alias");
  if (names != from.end() && !names->empty()) reads_.all_columns = true;
  if (type == "EMPTY") return {};
  if (type == "BASE_TABLE") return read_base_table(from, scope);
  if (type == "SUBQUERY") return read_query(query_node(from["subquery"]), scope);
  if (type == "JOIN") return read_join(from, scope);
  if (type == "EXPRESSION_LIST") return read_expressions(from["values"], scope);
  if (type == "TABLE_FUNCTION") {
    const Json& function = from["function"];
    const std::string name = function_name(function);
    if (!table_functions().contains(name)) {
      return view_.error(from, "the table function " + name +
                                   " is not possible in a view; views read declared sources and "
                                   "views, and unnest, range, generate_series");
    }
    return read_expressions(function["children"], scope);
  }
  if (type == "SHOW_REF") {
    return view_.error(from,
                       "a view is one SELECT statement; SHOW, DESCRIBE and SUMMARIZE are not "
                       "possible");
  }
  return view_.error(from, std::string(type) + " is not possible in FROM");
}

Status Reader::read_base_table(const Json& table, const Scope& scope) {
  const auto name = table["table_name"].get<std::string>();
  if (!table["schema_name"].get<std::string>().empty() ||
      !table["catalog_name"].get<std::string>().empty()) {
    return view_.error(table, "table " + table["schema_name"].get<std::string>() + "." + name +
                                  " is not a source or view; views read declared sources and "
                                  "views, by their plain names");
  }
  relations_.insert(lower(name));
  if (scope.contains(lower(name))) return {};
  const auto known = known_.find(lower(name));
  if (known == known_.end()) {
    std::vector<std::string> candidates;
    for (const auto& [key, declared] : known_) candidates.push_back(declared);
    const bool is_file = name.find('.') != std::string::npos || name.find('/') != std::string::npos;
    return view_.error(
        table, is_file
                   ? "a view cannot read the file '" + name + "'; declare a source for it"
                   : "no source or view is named '" + name + "'" + did_you_mean(name, candidates));
  }
  if (std::find(reads_.inputs.begin(), reads_.inputs.end(), known->second) == reads_.inputs.end()) {
    reads_.inputs.push_back(known->second);
  }
  return {};
}

Status Reader::read_join(const Json& join, const Scope& scope) {
  if (join["ref_type"] == "NATURAL") reads_.all_columns = true;
  for (const Json& column : join["using_columns"]) {
    reads_.columns.insert(lower(column.get<std::string>()));
  }
  SLUICE_TRY(read_tables(join["left"], scope));
  SLUICE_TRY(read_tables(join["right"], scope));
  return read_expressions(join["condition"], scope);
}

/// Everything below `node`, which is an expression or holds some.
Status Reader::read_expressions(const Json& node, const Scope& scope) {
  if (!node.is_structured()) return {};
  const std::string_view name = class_of(node);
  if (!name.empty()) SLUICE_TRY(read_expression(node, scope));
  if (name == "CONSTANT") return {};
  for (const auto& [key, child] : node.items()) {
    if (key == "subquery") continue;
    SLUICE_TRY(read_expressions(child, scope));
  }
  return {};
}

Status Reader::read_expression(const Json& node, const Scope& scope) {
  const std::string_view name = class_of(node);
  if (name == "SUBQUERY") return read_query(query_node(node["subquery"]), scope);
  if (name == "FUNCTION" || name == "WINDOW") return read_function(node);
  if (name == "STAR" || name == "POSITIONAL_REFERENCE") reads_.all_columns = true;
  if (name == "COLUMN_REF") {
    const Json& names = node["column_names"];
    for (const Json& part : names) reads_.columns.insert(lower(part.get<std::string>()));
    // `SELECT t FROM t` is the whole row.
    if (relations_.contains(lower(names.back().get<std::string>()))) reads_.all_columns = true;
  }
  if (name == "PARAMETER") {
    return view_.error(node,
                       "a parameter is not possible in a view; write ${NAME} to insert an "
                       "environment variable");
  }
  return {};
}

Status Reader::read_function(const Json& node) {
  const std::string name = function_name(node);
  // system.main.f is DuckDB's own, whatever Spark means by f.
  if (node.value("schema", "").empty()) reads_.functions.insert(name);
  if (forbidden_functions().contains(name)) {
    return view_.error(node, "the function " + name +
                                 " reaches outside the query and is not possible in a view; "
                                 "${NAME} in the file inserts an environment variable");
  }
  return {};
}

}  // namespace

Result<ViewReads> find_reads(const ViewSql& view, const KnownNames& known) {
  Reader reader(view, known);
  SLUICE_TRY(reader.read_query(view.query(), {}));
  return reader.take();
}

}  // namespace sluice::sql
