#include "sql/aggregate/aggregate_calls.h"

#include <algorithm>
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

/// {s}, {p}: the column `own` of `__s`, `__p` (a column of the user's may be named s, and wins);
/// {s.n}, {p.n}: another part of the same call; {y}: its constant.
std::string merge_text(std::string_view text, const std::string& prefix, const std::string& own,
                       const std::vector<std::string>& arguments) {
  return fill_in(text, [&](std::string_view key) {
    if (key == "y") return arguments[1];
    const std::string name = key.size() > 2 ? column_name(prefix, key.substr(2)) : own;
    return "__" + std::string(key.substr(0, 1)) + "." + quote_identifier(name);
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

/// The row of the table that `call` has, or null when it must have all values.
const AggregateFunction* AggregateCalls::find(const Json& call) {
  const std::string name = function_name(call);
  const std::size_t arguments = call["children"].size();
  if (call["distinct"].get<bool>() && !repeats_do_not_matter(name)) return nullptr;
  const AggregateFunction* function = find_aggregate(name);
  const AggregateFunction* ordered = find_aggregate(name, CallForm::kOrdered);
  if (!call["order_bys"]["orders"].empty() && ordered != nullptr) function = ordered;
  if (arguments == 2 && is_class(call["children"][1], "CONSTANT")) {
    const AggregateFunction* top = find_aggregate(name, CallForm::kTop);
    if (top != nullptr) function = top;
  }
  return function != nullptr && arguments == function->arguments ? function : nullptr;
}

Result<std::size_t> AggregateCalls::add(const Json& call) {
  const Json tree = canonical(call);
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    if (calls_[i].tree == tree) return i;
  }
  const std::string name = function_name(call);
  const AggregateFunction* function = find(call);
  if (const auto why = ValueCalls::why_not(name); function == nullptr && !why.empty()) {
    return view_.error(
        call, "the aggregate " + name + " over a stream is not possible: " + std::string(why));
  }
  SLUICE_ASSIGN(std::string text, expression_text(session_, call));
  calls_.push_back({call, tree, function, std::move(text),
                    "__" + name + "_" + std::to_string(calls_.size() + 1)});
  return calls_.size() - 1;
}

Status AggregateCalls::finish(const GroupKeys& keys) {
  grouping_sets_ = !keys.sets().empty();
  const bool regroups = grouping_sets_ || keys.session() < keys.size();
  for (const Call& call : calls_) {
    if (call.function != nullptr) continue;
    SLUICE_TRY(values_.add(call.call, call.prefix, regroups, session_, input_));
  }
  for (Call& call : calls_) {
    if (call.function != nullptr) SLUICE_TRY(add_columns(call));
  }
  // A table must have a column.
  if (columns_.empty() && keys.size() == 0) {
    columns_.push_back({"__count", "count(*)", "__s.__count + __p.__count", ""});
  }
  std::size_t column = columns_.size();
  for (const ValueSet& set : values_.sets()) {
    for (const ValueResult& result : set.results) {
      std::ranges::find(calls_, result.name, &Call::prefix)->first_column = column++;
    }
  }
  return {};
}

Result<std::string> AggregateCalls::text_of(const Json& expression) {
  // A constant must stay one.
  if (reads_input() && !is_class(expression, "CONSTANT")) return input_.column(expression);
  return expression_text(session_, expression);
}

Result<AggregateCalls::Texts> AggregateCalls::texts_of(const Json& call) {
  Texts texts;
  for (const Json& child : call["children"]) {
    SLUICE_ASSIGN(texts.arguments.emplace_back(), text_of(child));
  }
  if (!call["filter"].is_null()) {
    SLUICE_ASSIGN(texts.condition, text_of(call["filter"]));
  }
  std::string keys;
  for (const Json& order : call["order_bys"]["orders"]) {
    SLUICE_ASSIGN(const std::string by, text_of(order["expression"]));
    texts.order += (texts.order.empty() ? "" : ", ") + by + direction(order);
    keys += (keys.empty() ? "" : ", ") + by + ", " + quote_literal(direction(order).substr(1));
  }
  texts.sort_key = "create_sort_key(" + keys + ")";
  return texts;
}

Status AggregateCalls::add_columns(Call& call) {
  SLUICE_ASSIGN(const Texts texts, texts_of(call.call));
  call.first_column = columns_.size();
  for (const AggregatePart& part : call.function->parts) {
    const std::string name = column_name(call.prefix, part.name);
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
        {name, std::move(partial), merge_text(part.merge, call.prefix, name, texts.arguments), ""});
  }
  return {};
}

std::string AggregateCalls::value(std::size_t call, const std::vector<std::string>& types) const {
  const Call& made = calls_[call];
  const std::string column = quote_identifier(made.prefix);
  const std::string name = function_name(made.call);
  if (name == "sum" && (made.function == nullptr || made.function->final.empty())) {
    return sum_value(column, types[made.first_column], made.text);
  }
  if (made.function == nullptr) {
    // A key whose rows FILTER leaves out has none in the side table.
    return name == "count" || name == "entropy" ? "coalesce(" + column + ", 0)" : column;
  }
  if (made.function->final.empty()) return column;
  return fill_in(made.function->final, [&made](std::string_view part) {
    return quote_identifier(column_name(made.prefix, part));
  });
}

bool AggregateCalls::keeps_hashes() const {
  return std::ranges::any_of(calls_, [](const Call& call) {
    return call.function != nullptr && call.function->names[0] == "approx_count_distinct";
  });
}

bool AggregateCalls::has_own_types(const std::vector<std::string>& types) const {
  for (const Call& call : calls_) {
    const std::string name = function_name(call.call);
    if (name == "sum" && types[call.first_column] == "HUGEINT") return true;
    if (name == "count_if" || name == "countif" || name == "regr_count") return true;
  }
  return false;
}

}  // namespace sluice::sql
