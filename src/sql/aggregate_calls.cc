#include "sql/aggregate_calls.h"

#include <set>
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

/// {s}, {p}: the column `own`; {s.n}, {p.n}: another part of the same call; {y}: its constant.
std::string merge_text(std::string_view text, const std::string& prefix, const std::string& own,
                       const std::vector<std::string>& arguments) {
  return fill_in(text, [&](std::string_view key) {
    if (key == "y") return arguments[1];
    const std::string name = key.size() > 2 ? column_name(prefix, key.substr(2)) : own;
    return std::string(key.substr(0, 1)) + "." + quote_identifier(name);
  });
}

/// " DESC NULLS FIRST": what one entry of ORDER BY says beside its expression, defaults too.
std::string direction(const Json& order) {
  const bool descending = order["type"] == "DESCENDING";
  const bool nulls_first = order["null_order"] == "NULLS FIRST";
  return std::string(descending ? " DESC" : " ASC") +
         (nulls_first ? " NULLS FIRST" : " NULLS LAST");
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

/// Whether a value that comes twice counts as one anyway.
bool repeats_do_not_matter(const std::string& name) {
  static const std::set<std::string> names = {"any_value",    "approx_count_distinct",
                                              "arbitrary",    "arg_max",
                                              "arg_min",      "argmax",
                                              "argmin",       "arg_max_null",
                                              "arg_min_null", "bit_and",
                                              "bit_or",       "bool_and",
                                              "bool_or",      "first",
                                              "last",         "max",
                                              "max_by",       "min",
                                              "min_by"};
  return names.contains(name);
}

}  // namespace

Result<const AggregateFunction*> AggregateCalls::find(const Json& call) const {
  const std::string name = function_name(call);
  const std::size_t arguments = call["children"].size();
  const std::string not_possible = " over a stream is not possible yet; ";
  if (call["distinct"].get<bool>() && !repeats_do_not_matter(name)) {
    return view_.error(call, name + "(DISTINCT ...)" + not_possible +
                                 "group by the distinct values in a view of its own and aggregate "
                                 "that (mode: complete)");
  }
  const AggregateFunction* function = find_aggregate(name);
  if (!call["order_bys"]["orders"].empty()) {
    const AggregateFunction* ordered = find_aggregate(name, CallForm::kOrdered);
    if (ordered != nullptr) function = ordered;
  }
  if (arguments == 2 && find_aggregate(name, CallForm::kTop) != nullptr) {
    function = find_aggregate(name, CallForm::kTop);
    if (!is_class(call["children"][1], "CONSTANT")) {
      return view_.error(call["children"][1],
                         "how many values " + name + " gives must be a number");
    }
  }
  if (function == nullptr) {
    return view_.error(
        call, "the aggregate " + name + not_possible + "possible are " + supported_aggregates());
  }
  if (arguments != function->arguments) {
    return view_.error(call, name + " with " + std::to_string(arguments) + " arguments" +
                                 not_possible + "give it " + std::to_string(function->arguments));
  }
  return function;
}

Result<AggregateCalls::Texts> AggregateCalls::texts_of(const Json& call) const {
  Texts texts;
  for (const Json& child : call["children"]) {
    SLUICE_ASSIGN(texts.arguments.emplace_back(), expression_text(session_, child));
  }
  if (!call["filter"].is_null()) {
    SLUICE_ASSIGN(texts.condition, expression_text(session_, call["filter"]));
  }
  std::string keys;
  for (const Json& order : call["order_bys"]["orders"]) {
    SLUICE_ASSIGN(const std::string by, expression_text(session_, order["expression"]));
    texts.order += (texts.order.empty() ? "" : ", ") + by + direction(order);
    keys += (keys.empty() ? "" : ", ") + by + ", " + quote_literal(direction(order).substr(1));
  }
  texts.sort_key = "create_sort_key(" + keys + ")";
  return texts;
}

Result<std::size_t> AggregateCalls::add(const Json& call) {
  const Json tree = canonical(call);
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    if (calls_[i].tree == tree) return i;
  }
  SLUICE_ASSIGN(const AggregateFunction* function, find(call));
  SLUICE_ASSIGN(const Texts texts, texts_of(call));
  const std::size_t number = calls_.size();
  SLUICE_ASSIGN(std::string text, expression_text(session_, call));
  Call made{tree, function, std::move(text),
            "__" + function_name(call) + "_" + std::to_string(number + 1), columns_.size()};
  for (const AggregatePart& part : function->parts) {
    const std::string name = column_name(made.prefix, part.name);
    std::string partial = fill_in(part.partial, [&texts](std::string_view key) -> std::string {
      if (key == "x") return texts.arguments[0];
      if (key == "y") return texts.arguments[1];
      if (key == "order") return texts.order;
      if (key == "sort_key") return texts.sort_key;
      if (texts.condition.empty()) return "";
      return key == "filter" ? " FILTER (WHERE " + texts.condition + ")"
                             : " AND (" + texts.condition + ")";
    });
    columns_.push_back(
        {name, std::move(partial), merge_text(part.merge, made.prefix, name, texts.arguments), ""});
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

bool AggregateCalls::has_own_types(const std::vector<std::string>& types) const {
  for (const Call& call : calls_) {
    if (call.function->names[0] == "sum" && types[call.first_column] == "HUGEINT") return true;
    const std::string_view name = call.function->names[0];
    if (name == "count_if" || name == "regr_count") return true;
  }
  return false;
}

}  // namespace sluice::sql
