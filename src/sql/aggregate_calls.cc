#include "sql/aggregate_calls.h"

#include <utility>

#include "data/type.h"

namespace sluice::sql {
namespace {

using data::quote_identifier;
using data::quote_literal;

/// Replaces every {key} of `text` by what `value_of` gives for the key.
template <class ValueOf>
std::string fill_in(std::string_view text, const ValueOf& value_of) {
  std::string out;
  while (true) {
    const std::size_t open = text.find('{');
    out += text.substr(0, open);
    if (open == std::string_view::npos) return out;
    const std::size_t close = text.find('}', open);
    out += value_of(text.substr(open + 1, close - open - 1));
    text.remove_prefix(close + 1);
  }
}

std::string column_name(const std::string& prefix, std::string_view part) {
  return part.empty() ? prefix : prefix + "_" + std::string(part);
}

/// {s}, {p}: the column `own`; {s.n}, {p.n}: another part of the same call.
std::string merge_text(std::string_view text, const std::string& prefix, const std::string& own) {
  return fill_in(text, [&](std::string_view key) {
    const std::string name = key.size() > 2 ? column_name(prefix, key.substr(2)) : own;
    return std::string(key.substr(0, 1)) + "." + quote_identifier(name);
  });
}

/// Spark's sum of integers is a BIGINT and says when it overflows; the state has 128 bits.
std::string sum_value(const std::string& column, const std::string& type, const std::string& call) {
  if (type != "HUGEINT") return column;
  const std::string cast = "TRY_CAST(" + column + " AS BIGINT)";
  return "CASE WHEN " + column + " IS NULL OR " + cast + " IS NOT NULL THEN " + cast +
         " ELSE CAST(error(" +
         quote_literal(call + " is beyond BIGINT: sum a CAST(... AS DECIMAL(38,0))") +
         ") AS BIGINT) END";
}

}  // namespace

Result<const AggregateFunction*> AggregateCalls::find(const Json& call) const {
  const std::string name = function_name(call);
  const std::string not_possible = " over a stream is not possible yet; ";
  if (call["distinct"].get<bool>()) {
    if (name == "min" || name == "max") return find_aggregate(name);
    return view_.error(call, name + "(DISTINCT ...)" + not_possible +
                                 "group by the distinct values in a view of its own and aggregate "
                                 "that (mode: complete)");
  }
  if (!call["order_bys"]["orders"].empty()) {
    return view_.error(call, name + "(... ORDER BY ...)" + not_possible +
                                 "for the first or last value by order write arg_min(x, order) or "
                                 "arg_max(x, order)");
  }
  const AggregateFunction* function = find_aggregate(name);
  if (function == nullptr) {
    const std::string_view advice = aggregate_advice(name);
    return view_.error(call, "the aggregate " + name + not_possible +
                                 (advice.empty() ? "" : std::string(advice) + "; ") +
                                 "possible are " + supported_aggregates());
  }
  if (call["children"].size() != function->arguments) {
    return view_.error(call, name + " with " + std::to_string(call["children"].size()) +
                                 " arguments" + not_possible + "give it " +
                                 std::to_string(function->arguments));
  }
  return function;
}

Result<std::size_t> AggregateCalls::add(const Json& call) {
  const Json tree = canonical(call);
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    if (calls_[i].tree == tree) return i;
  }
  SLUICE_ASSIGN(const AggregateFunction* function, find(call));
  std::vector<std::string> arguments;
  for (const Json& child : call["children"]) {
    SLUICE_ASSIGN(arguments.emplace_back(), expression_text(session_, child));
  }
  std::string condition;
  if (!call["filter"].is_null()) {
    SLUICE_ASSIGN(condition, expression_text(session_, call["filter"]));
  }
  const std::size_t number = calls_.size();
  SLUICE_ASSIGN(std::string text, expression_text(session_, call));
  Call made{tree, function, std::move(text),
            "__" + function_name(call) + "_" + std::to_string(number + 1), columns_.size()};
  for (const AggregatePart& part : function->parts) {
    const std::string name = column_name(made.prefix, part.name);
    std::string partial = fill_in(part.partial, [&](std::string_view key) -> std::string {
      if (key == "x") return arguments[0];
      if (key == "y") return arguments[1];
      if (condition.empty()) return "";
      return key == "filter" ? " FILTER (WHERE " + condition + ")" : " AND (" + condition + ")";
    });
    columns_.push_back({name, std::move(partial), merge_text(part.merge, made.prefix, name), ""});
  }
  calls_.push_back(std::move(made));
  return number;
}

std::string AggregateCalls::value(std::size_t call, const std::vector<std::string>& types) const {
  const Call& made = calls_[call];
  if (made.function->final.empty()) {
    const std::string column = quote_identifier(made.prefix);
    if (made.function->names[0] != "sum") return column;
    return sum_value(column, types[made.first_column], made.text);
  }
  return fill_in(made.function->final, [&made](std::string_view part) {
    return quote_identifier(column_name(made.prefix, part));
  });
}

bool AggregateCalls::sums_integers(const std::vector<std::string>& types) const {
  for (const Call& call : calls_) {
    if (call.function->names[0] == "sum" && types[call.first_column] == "HUGEINT") return true;
    if (call.function->names[0] == "count_if") return true;
  }
  return false;
}

}  // namespace sluice::sql
