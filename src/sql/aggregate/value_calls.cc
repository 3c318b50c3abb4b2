#include "sql/aggregate/value_calls.h"

#include <algorithm>
#include <set>
#include <utility>

namespace sluice::sql {
namespace {

bool reads_columns(const Json& expression) {
  bool reads = false;
  visit_expressions(expression, [&reads](const Json& node) {
    reads = reads || is_class(node, "COLUMN_REF");
    return !reads;
  });
  return reads;
}

/// Functions whose value depends on the order of the rows even without ORDER BY: they get the
/// order of arrival.
bool goes_by_arrival(const std::string& name) {
  static const std::set<std::string> names = {"approx_top_k",
                                              "arg_max",
                                              "arg_max_nulls_last",
                                              "arg_min",
                                              "arg_min_nulls_last",
                                              "argmax",
                                              "argmin",
                                              "array_agg",
                                              "first",
                                              "group_concat",
                                              "last",
                                              "list",
                                              "listagg",
                                              "max_by",
                                              "min_by",
                                              "mode",
                                              "arg_max_null",
                                              "arg_min_null",
                                              "any_value",
                                              "string_agg"};
  return names.contains(name);
}

/// mode() WITHIN GROUP (ORDER BY x), quantile_cont(0.5) WITHIN GROUP (ORDER BY x): ORDER BY holds
/// the argument.
bool is_within_group(const Json& call) {
  const std::string name = function_name(call);
  if (call["order_bys"]["orders"].empty()) return false;
  return (name == "mode" && call["children"].empty()) ||
         (name.starts_with("quantile") && call["children"].size() == 1);
}

Json order_entry(Json expression) {
  return {
      {"type", "ASCENDING"}, {"null_order", "NULLS LAST"}, {"expression", std::move(expression)}};
}

void add_once(std::vector<std::string>& columns, const std::string& column) {
  if (std::ranges::find(columns, column) == columns.end()) columns.push_back(column);
}

/// Puts columns of the batch's input in the place of the arguments and sort keys of `call`; returns
/// their names.
Result<std::vector<std::string>> read_from_input(Json& call, BatchInput& input) {
  std::vector<std::string> columns;
  const auto put = [&](Json& expression) -> Status {
    if (!reads_columns(expression)) return {};
    SLUICE_ASSIGN(const std::string name, input.column(expression));
    SLUICE_ASSIGN(expression, input.reference(expression));
    add_once(columns, name);
    return {};
  };
  for (Json& child : call["children"]) SLUICE_TRY(put(child));
  for (Json& order : call["order_bys"]["orders"]) SLUICE_TRY(put(order["expression"]));
  return columns;
}

}  // namespace

std::string_view ValueCalls::why_not(std::string_view name) {
  if (name == "reservoir_quantile") {
    return "it takes a random sample, a different one after a restart; write quantile_cont(x, 0.5)";
  }
  if (name == "nth_value") return "write list(x ORDER BY t)[n]";
  if (name == "first_value" || name == "last_value") return "it takes one column";
  return {};
}

ValueSet& ValueCalls::rows() {
  const auto found = std::ranges::find(sets_, false, &ValueSet::distinct);
  if (found != sets_.end()) return *found;
  sets_.push_back({"values", false, {}, "", {}});
  return sets_.back();
}

ValueSet& ValueCalls::distinct_values(const std::vector<std::string>& columns,
                                      const std::string& condition) {
  for (ValueSet& set : sets_) {
    if (set.distinct && set.columns == columns && set.condition == condition) return set;
  }
  sets_.push_back({"distinct_" + std::to_string(sets_.size() + 1), true, columns, condition, {}});
  return sets_.back();
}

Status ValueCalls::add_distinct(Json call, const std::string& result, bool regroups,
                                Session& session, BatchInput& input) {
  std::string condition;
  if (!call["filter"].is_null()) {
    SLUICE_ASSIGN(condition, input.column(call["filter"]));
  }
  call["filter"] = nullptr;
  SLUICE_ASSIGN(const std::vector<std::string> columns, read_from_input(call, input));
  const std::string name = function_name(call);
  const bool unordered = call["order_bys"]["orders"].empty() && goes_by_arrival(name);
  // DuckDB's parser makes list_sort() of a list in the order of its own values.
  const bool sorts = unordered && (name == "list" || name == "array_agg");
  call["distinct"] = regroups;
  // Which of equal values came first is not kept.
  if (unordered && !sorts) {
    call["order_bys"]["orders"].push_back(order_entry(call["children"][0]));
  }
  SLUICE_ASSIGN(std::string text, expression_text(session, call));
  if (sorts) text = "list_sort(" + text + ", 'ASC', 'NULLS LAST')";
  distinct_values(columns, condition).results.push_back({result, std::move(text)});
  return {};
}

Status ValueCalls::add(const Json& call, const std::string& result, bool regroups, Session& session,
                       BatchInput& input) {
  if (call["distinct"].get<bool>()) {
    return add_distinct(call, result, regroups, session, input);
  }
  Json over_values = call;
  SLUICE_ASSIGN(const std::vector<std::string> columns, read_from_input(over_values, input));
  if (goes_by_arrival(function_name(call)) && !is_within_group(call)) {
    over_values["order_bys"]["orders"].push_back(order_entry(column_reference("__seq")));
  }
  ValueSet& set = rows();
  for (const std::string& column : columns) add_once(set.columns, column);
  if (call["filter"].is_null()) {
    keeps_every_row_ = true;
  } else {
    SLUICE_ASSIGN(const std::string filter, input.column(call["filter"]));
    SLUICE_ASSIGN(over_values["filter"], input.reference(call["filter"]));
    add_once(set.columns, filter);
    set.condition += (set.condition.empty() ? "" : " OR ") + filter;
  }
  if (keeps_every_row_) set.condition.clear();
  SLUICE_ASSIGN(std::string text, expression_text(session, over_values));
  set.results.push_back({result, std::move(text)});
  return {};
}

}  // namespace sluice::sql
