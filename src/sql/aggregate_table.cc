#include "sql/aggregate_table.h"

#include <algorithm>
#include <array>
#include <utility>

namespace sluice::sql {
namespace {

constexpr std::string_view kCount = "{s} + {p}";
constexpr std::string_view kSmaller = "CASE WHEN {s} IS NULL OR {p} < {s} THEN {p} ELSE {s} END";
constexpr std::string_view kGreater = "CASE WHEN {s} IS NULL OR {p} > {s} THEN {p} ELSE {s} END";

/// Chan's method: number, mean and sum of squared distances from the mean.
std::vector<AggregatePart> moments() {
  return {{"n", "count({x}){filter}", kCount},
          {"mean", "avg(CAST({x} AS DOUBLE)){filter}",
           "CASE WHEN {p.n} = 0 THEN {s} WHEN {s.n} = 0 THEN {p} "
           "ELSE {s} + ({p} - {s}) * {p.n} / ({s.n} + {p.n}) END"},
          {"m2", "var_pop(CAST({x} AS DOUBLE)){filter} * count({x}){filter}",
           "CASE WHEN {p.n} = 0 THEN {s} WHEN {s.n} = 0 THEN {p} ELSE {s} + {p} + "
           "power({p.mean} - {s.mean}, 2) * {s.n} * {p.n} / ({s.n} + {p.n}) END"}};
}

/// The value of one column in the row where another is least or greatest.
std::vector<AggregatePart> value_at(std::string_view value, std::string_view bound,
                                    std::string_view merge_value, std::string_view merge_bound) {
  return {{"value", value, merge_value}, {"by", bound, merge_bound}};
}

const std::vector<AggregateFunction>& table() {
  static const std::vector<AggregateFunction> rows = {
      {{"count_star"}, 0, {{"", "count(*){filter}", kCount}}, ""},
      {{"count"}, 1, {{"", "count({x}){filter}", kCount}}, ""},
      {{"count_if", "countif"}, 1, {{"", "count_if({x}){filter}", kCount}}, "CAST({} AS BIGINT)"},
      // The type of the value depends on the argument's: see sum_value in aggregate_calls.cc.
      {{"sum"}, 1, {{"", "sum({x}){filter}", "coalesce({s} + {p}, {s}, {p})"}}, ""},
      {{"avg", "mean"},
       1,
       {{"sum", "sum({x}){filter}", "coalesce({s} + {p}, {s}, {p})"},
        {"count", "count({x}){filter}", kCount}},
       "CAST({sum} AS DOUBLE) / {count}"},
      {{"product"}, 1, {{"", "product({x}){filter}", "coalesce({s} * {p}, {s}, {p})"}}, ""},
      {{"min"}, 1, {{"", "min({x}){filter}", kSmaller}}, ""},
      {{"max"}, 1, {{"", "max({x}){filter}", kGreater}}, ""},
      {{"any_value"}, 1, {{"", "any_value({x}){filter}", "coalesce({s}, {p})"}}, ""},
      {{"first", "arbitrary"},
       1,
       {{"value", "first({x}){filter}", "CASE WHEN {s.seen} > 0 THEN {s} ELSE {p} END"},
        {"seen", "count(*){filter}", kCount}},
       "{value}"},
      {{"last"},
       1,
       {{"value", "last({x}){filter}", "CASE WHEN {p.seen} > 0 THEN {p} ELSE {s} END"},
        {"seen", "count(*){filter}", kCount}},
       "{value}"},
      {{"arg_min", "argmin", "min_by"},
       2,
       value_at("arg_min({x}, {y}){filter}", "min({y}) FILTER (WHERE {x} IS NOT NULL{and})",
                "CASE WHEN {s.by} IS NULL OR {p.by} < {s.by} THEN {p} ELSE {s} END", kSmaller),
       "{value}"},
      {{"arg_max", "argmax", "max_by"},
       2,
       value_at("arg_max({x}, {y}){filter}", "max({y}) FILTER (WHERE {x} IS NOT NULL{and})",
                "CASE WHEN {s.by} IS NULL OR {p.by} > {s.by} THEN {p} ELSE {s} END", kGreater),
       "{value}"},
      {{"bool_and"}, 1, {{"", "bool_and({x}){filter}", "coalesce({s} AND {p}, {s}, {p})"}}, ""},
      {{"bool_or"}, 1, {{"", "bool_or({x}){filter}", "coalesce({s} OR {p}, {s}, {p})"}}, ""},
      {{"bit_and"}, 1, {{"", "bit_and({x}){filter}", "coalesce({s} & {p}, {s}, {p})"}}, ""},
      {{"bit_or"}, 1, {{"", "bit_or({x}){filter}", "coalesce({s} | {p}, {s}, {p})"}}, ""},
      {{"bit_xor"}, 1, {{"", "bit_xor({x}){filter}", "coalesce(xor({s}, {p}), {s}, {p})"}}, ""},
      {{"var_samp", "variance"}, 1, moments(), "CASE WHEN {n} > 1 THEN {m2} / ({n} - 1) END"},
      {{"var_pop"}, 1, moments(), "CASE WHEN {n} > 0 THEN {m2} / {n} END"},
      {{"stddev_samp", "stddev"},
       1,
       moments(),
       "CASE WHEN {n} > 1 THEN sqrt({m2} / ({n} - 1)) END"},
      {{"stddev_pop"}, 1, moments(), "CASE WHEN {n} > 0 THEN sqrt({m2} / {n}) END"},
  };
  return rows;
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kAdvice = {{
    {"first_value", "write first(x)"},
    {"last_value", "write last(x)"},
    {"median", "write avg(x), or keep the rows and compute it in a query over the sink"},
    {"geomean", "write exp(avg(ln(x)))"},
    {"geometric_mean", "write exp(avg(ln(x)))"},
    {"weighted_avg", "write sum(x * weight) / sum(weight)"},
    {"wavg", "write sum(x * weight) / sum(weight)"},
}};

}  // namespace

const AggregateFunction* find_aggregate(std::string_view name) {
  for (const AggregateFunction& row : table()) {
    if (std::find(row.names.begin(), row.names.end(), name) != row.names.end()) return &row;
  }
  return nullptr;
}

std::string supported_aggregates() {
  std::vector<std::string_view> names;
  for (const AggregateFunction& row : table()) {
    if (row.names[0] != "count_star") names.push_back(row.names[0]);
  }
  std::sort(names.begin(), names.end());
  std::string list;
  for (const std::string_view name : names) {
    list += list.empty() ? "" : ", ";
    list += name;
  }
  return list;
}

std::string_view aggregate_advice(std::string_view name) {
  for (const auto& [function, advice] : kAdvice) {
    if (function == name) return advice;
  }
  return {};
}

}  // namespace sluice::sql
