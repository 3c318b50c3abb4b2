#include "sql/aggregate/aggregate_table.h"

#include <algorithm>
#include <utility>

namespace sluice::sql {
namespace {

constexpr std::string_view kCount = "{s} + {p}";
constexpr std::string_view kSum = "coalesce({s} + {p}, {s}, {p})";
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

constexpr std::string_view kMeanOfPairs =
    "CASE WHEN {p.n} = 0 THEN {s} WHEN {s.n} = 0 THEN {p} "
    "ELSE {s} + ({p} - {s}) * {p.n} / ({s.n} + {p.n}) END";

/// The same for pairs without a NULL: x is the first argument, y the second. DuckDB's regr_
/// functions take the dependent variable first.
std::vector<AggregatePart> pair_moments() {
  return {{"n", "CAST(regr_count({x}, {y}){filter} AS BIGINT)", kCount},
          {"x", "regr_avgy({x}, {y}){filter}", kMeanOfPairs},
          {"y", "regr_avgx({x}, {y}){filter}", kMeanOfPairs},
          {"xx", "regr_syy({x}, {y}){filter}",
           "CASE WHEN {p.n} = 0 THEN {s} WHEN {s.n} = 0 THEN {p} ELSE {s} + {p} + "
           "power({p.x} - {s.x}, 2) * {s.n} * {p.n} / ({s.n} + {p.n}) END"},
          {"yy", "regr_sxx({x}, {y}){filter}",
           "CASE WHEN {p.n} = 0 THEN {s} WHEN {s.n} = 0 THEN {p} ELSE {s} + {p} + "
           "power({p.y} - {s.y}, 2) * {s.n} * {p.n} / ({s.n} + {p.n}) END"},
          {"xy", "regr_sxy({x}, {y}){filter}",
           "CASE WHEN {p.n} = 0 THEN {s} WHEN {s.n} = 0 THEN {p} ELSE {s} + {p} + "
           "({p.x} - {s.x}) * ({p.y} - {s.y}) * {s.n} * {p.n} / ({s.n} + {p.n}) END"}};
}

/// Sums of the first powers, from which DuckDB too computes skewness and kurtosis.
std::vector<AggregatePart> power_sums() {
  return {{"n", "count({x}){filter}", kCount},
          {"s1", "sum(CAST({x} AS DOUBLE)){filter}", kSum},
          {"s2", "sum(power(CAST({x} AS DOUBLE), 2)){filter}", kSum},
          {"s3", "sum(power(CAST({x} AS DOUBLE), 3)){filter}", kSum},
          {"s4", "sum(power(CAST({x} AS DOUBLE), 4)){filter}", kSum}};
}

/// The value of one column in the row where another is least or greatest.
std::vector<AggregatePart> value_at(std::string_view value, std::string_view bound,
                                    std::string_view merge_value, std::string_view merge_bound) {
  return {{"value", value, merge_value}, {"by", bound, merge_bound}};
}

constexpr std::string_view kAtSmaller =
    "CASE WHEN {s.by} IS NULL OR {p.by} < {s.by} THEN {p} ELSE {s} END";
constexpr std::string_view kAtGreater =
    "CASE WHEN {s.by} IS NULL OR {p.by} > {s.by} THEN {p} ELSE {s} END";
using FunctionRows = std::vector<AggregateFunction>;

void add_counts_and_sums(FunctionRows& rows) {
  rows.push_back({{"count_star"}, 0, {{"", "count(*){filter}", kCount}}, ""});
  rows.push_back({{"count"}, 1, {{"", "count({x}){filter}", kCount}}, ""});
  rows.push_back({{"count_if", "countif"},
                  1,
                  {{"", "count(*) FILTER (WHERE CAST({x} AS BOOLEAN){and})", kCount}},
                  ""});
  // The type of the value depends on the argument's: see sum_value in aggregate_calls.cc.
  rows.push_back({{"sum"}, 1, {{"", "sum({x}){filter}", kSum}}, ""});
  rows.push_back({{"fsum", "kahan_sum", "sumkahan"}, 1, {{"", "fsum({x}){filter}", kSum}}, ""});
  rows.push_back({{"avg", "mean"},
                  1,
                  {{"sum", "sum({x}){filter}", kSum}, {"count", "count({x}){filter}", kCount}},
                  "CAST({sum} AS DOUBLE) / {count}"});
  rows.push_back({{"favg"},
                  1,
                  {{"sum", "fsum({x}){filter}", kSum}, {"count", "count({x}){filter}", kCount}},
                  "{sum} / {count}"});
  rows.push_back(
      {{"product"}, 1, {{"", "product({x}){filter}", "coalesce({s} * {p}, {s}, {p})"}}, ""});
  // The 402 least hashes: between them lie n/402 of all, with a relative standard deviation of 5 %,
  // Spark's. A group of fewer values is counted exactly. (min(hash, 402) takes its 3 kB at once.)
  rows.push_back(
      {{"approx_count_distinct"},
       1,
       {{"", "list_sort(list(DISTINCT hash({x})) FILTER (WHERE {x} IS NOT NULL{and}))[1:402]",
         "list_sort(list_distinct(list_concat({s}, {p})))[1:402]"}},
       "CASE WHEN {} IS NULL THEN 0 WHEN len({}) < 402 THEN len({}) "
       "ELSE CAST(round(401 * 18446744073709551616e0 / {}[402]) AS BIGINT) END"});
}

void add_choices(FunctionRows& rows) {
  rows.push_back({{"min"}, 1, {{"", "min({x}){filter}", kSmaller}}, ""});
  rows.push_back({{"max"}, 1, {{"", "max({x}){filter}", kGreater}}, ""});
  rows.push_back({{"any_value"}, 1, {{"", "any_value({x}){filter}", "coalesce({s}, {p})"}}, ""});
  rows.push_back({{"first", "arbitrary"},
                  1,
                  {{"value", "first({x}){filter}", "CASE WHEN {s.seen} > 0 THEN {s} ELSE {p} END"},
                   {"seen", "count(*){filter}", kCount}},
                  "{value}"});
  rows.push_back({{"last"},
                  1,
                  {{"value", "last({x}){filter}", "CASE WHEN {p.seen} > 0 THEN {p} ELSE {s} END"},
                   {"seen", "count(*){filter}", kCount}},
                  "{value}"});
  rows.push_back({{"arg_min", "argmin", "min_by"},
                  2,
                  value_at("arg_min({x}, {y}){filter}",
                           "min({y}) FILTER (WHERE {x} IS NOT NULL{and})", kAtSmaller, kSmaller),
                  "{value}"});
  rows.push_back({{"arg_max", "argmax", "max_by"},
                  2,
                  value_at("arg_max({x}, {y}){filter}",
                           "max({y}) FILTER (WHERE {x} IS NOT NULL{and})", kAtGreater, kGreater),
                  "{value}"});
  rows.push_back(
      {{"arg_min_null"},
       2,
       value_at("arg_min_null({x}, {y}){filter}", "min({y}){filter}", kAtSmaller, kSmaller),
       "{value}"});
  rows.push_back(
      {{"arg_max_null"},
       2,
       value_at("arg_max_null({x}, {y}){filter}", "max({y}){filter}", kAtGreater, kGreater),
       "{value}"});
}

void add_bits(FunctionRows& rows) {
  rows.push_back(
      {{"bool_and"}, 1, {{"", "bool_and({x}){filter}", "coalesce({s} AND {p}, {s}, {p})"}}, ""});
  rows.push_back(
      {{"bool_or"}, 1, {{"", "bool_or({x}){filter}", "coalesce({s} OR {p}, {s}, {p})"}}, ""});
  rows.push_back(
      {{"bit_and"}, 1, {{"", "bit_and({x}){filter}", "coalesce({s} & {p}, {s}, {p})"}}, ""});
  rows.push_back(
      {{"bit_or"}, 1, {{"", "bit_or({x}){filter}", "coalesce({s} | {p}, {s}, {p})"}}, ""});
  rows.push_back(
      {{"bit_xor"}, 1, {{"", "bit_xor({x}){filter}", "coalesce(xor({s}, {p}), {s}, {p})"}}, ""});
}

void add_spreads(FunctionRows& rows) {
  rows.push_back(
      {{"var_samp", "variance"}, 1, moments(), "CASE WHEN {n} > 1 THEN {m2} / ({n} - 1) END"});
  rows.push_back({{"var_pop"}, 1, moments(), "CASE WHEN {n} > 0 THEN {m2} / {n} END"});
  rows.push_back({{"stddev_samp", "stddev"},
                  1,
                  moments(),
                  "CASE WHEN {n} > 1 THEN sqrt({m2} / ({n} - 1)) END"});
  rows.push_back({{"stddev_pop"}, 1, moments(), "CASE WHEN {n} > 0 THEN sqrt({m2} / {n}) END"});
  rows.push_back(
      {{"sem"}, 1, moments(), "CASE WHEN {n} > 0 THEN sqrt({m2} / {n}) / sqrt({n}) END"});
  rows.push_back({{"skewness"},
                  1,
                  power_sums(),
                  "CASE WHEN {n} > 2 THEN CASE WHEN {s2} <= {s1} * {s1} / {n} THEN "
                  "CAST('nan' AS DOUBLE) ELSE sqrt(CAST({n} AS DOUBLE) * ({n} - 1)) / ({n} - 2) * "
                  "({s3} - 3 * {s2} * {s1} / {n} + 2 * power({s1}, 3) / {n} / {n}) / {n} / "
                  "power(({s2} - {s1} * {s1} / {n}) / {n}, 1.5) END END"});
  constexpr std::string_view kFourth =
      "({s4} - 4 * {s3} * {s1} / {n} + 6 * {s2} * {s1} * {s1} / {n} / {n} - "
      "3 * power({s1}, 4) / {n} / {n} / {n}) * {n} / power({s2} - {s1} * {s1} / {n}, 2)";
  static const std::string kurtosis =
      "CASE WHEN {n} > 3 AND {s2} > {s1} * {s1} / {n} THEN ({n} - 1) * (({n} + 1) * " +
      std::string(kFourth) + " - 3 * ({n} - 1)) / (CAST({n} - 2 AS DOUBLE) * ({n} - 3)) END";
  static const std::string kurtosis_pop =
      "CASE WHEN {n} > 1 AND {s2} > {s1} * {s1} / {n} THEN " + std::string(kFourth) + " - 3 END";
  rows.push_back({{"kurtosis"}, 1, power_sums(), kurtosis});
  rows.push_back({{"kurtosis_pop"}, 1, power_sums(), kurtosis_pop});
}

/// Where a division by zero would be, the value is NULL, as in Spark.
void add_pairs(FunctionRows& rows) {
  const auto pairs = [&rows](std::string_view name, std::string_view final) {
    rows.push_back({{name}, 2, pair_moments(), final});
  };
  pairs("covar_samp", "CASE WHEN {n} > 1 THEN {xy} / ({n} - 1) END");
  pairs("covar_pop", "CASE WHEN {n} > 0 THEN {xy} / {n} END");
  pairs("corr", "CASE WHEN {xx} > 0 AND {yy} > 0 THEN {xy} / sqrt({xx} * {yy}) END");
  pairs("regr_count", "{n}");
  pairs("regr_avgy", "{x}");
  pairs("regr_avgx", "{y}");
  pairs("regr_syy", "{xx}");
  pairs("regr_sxx", "{yy}");
  pairs("regr_sxy", "{xy}");
  pairs("regr_slope", "CASE WHEN {yy} > 0 THEN {xy} / {yy} END");
  pairs("regr_intercept", "CASE WHEN {yy} > 0 THEN {x} - {xy} / {yy} * {y} END");
  pairs("regr_r2",
        "CASE WHEN {yy} > 0 THEN CASE WHEN {xx} > 0 THEN {xy} * {xy} / ({xx} * {yy}) ELSE 1 END "
        "END");
}

const FunctionRows& plain_calls() {
  static const FunctionRows made = [] {
    FunctionRows rows;
    add_counts_and_sums(rows);
    add_choices(rows);
    add_bits(rows);
    add_spreads(rows);
    add_pairs(rows);
    return rows;
  }();
  return made;
}

/// Of rows that sort alike, DuckDB takes the first, also for last().
const FunctionRows& ordered_calls() {
  static const FunctionRows rows = {
      {{"first", "arbitrary"},
       1,
       value_at("first({x} ORDER BY {order}){filter}", "min({sort_key}){filter}", kAtSmaller,
                kSmaller),
       "{value}"},
      {{"last"},
       1,
       value_at("last({x} ORDER BY {order}){filter}", "max({sort_key}){filter}", kAtGreater,
                kGreater),
       "{value}"},
      {{"any_value"},
       1,
       value_at("any_value({x} ORDER BY {order}){filter}",
                "min({sort_key}) FILTER (WHERE {x} IS NOT NULL{and})", kAtSmaller, kSmaller),
       "{value}"},
  };
  return rows;
}

const FunctionRows& top_calls() {
  static const FunctionRows rows = {
      {{"min"}, 2, {{"", "min({x}, {y}){filter}", "list_sort(list_concat({s}, {p}))[1:{y}]"}}, ""},
      {{"max"},
       2,
       {{"", "max({x}, {y}){filter}", "list_reverse_sort(list_concat({s}, {p}))[1:{y}]"}},
       ""},
  };
  return rows;
}

}  // namespace

const AggregateFunction* find_aggregate(std::string_view name, CallForm form) {
  const FunctionRows& rows = form == CallForm::kPlain     ? plain_calls()
                             : form == CallForm::kOrdered ? ordered_calls()
                                                          : top_calls();
  for (const AggregateFunction& row : rows) {
    if (std::find(row.names.begin(), row.names.end(), name) != row.names.end()) return &row;
  }
  return nullptr;
}

}  // namespace sluice::sql
