#include "sql/tree/function_catalog.h"

#include <algorithm>
#include <array>

namespace sluice::sql {
namespace {

// clang-format off
constexpr std::array<std::string_view, 85> kAggregates = {
    "any_value", "approx_count_distinct", "approx_quantile", "approx_top_k", "arbitrary", "arg_max",
    "arg_max_null", "arg_max_nulls_last", "arg_min", "arg_min_null", "arg_min_nulls_last", "argmax",
    "argmin", "array_agg", "avg", "bit_and", "bit_or", "bit_xor", "bitstring_agg", "bool_and",
    "bool_or", "corr", "count", "count_if", "count_star", "countif", "covar_pop", "covar_samp",
    "entropy", "favg", "first", "first_value", "fsum", "geomean", "geometric_mean", "group_concat",
    "histogram", "histogram_exact", "json_group_array", "json_group_object", "json_group_structure",
    "kahan_sum", "kurtosis", "kurtosis_pop", "last", "last_value", "list", "listagg", "mad", "max",
    "max_by", "mean", "median", "min", "min_by", "mode", "nth_value", "product", "quantile",
    "quantile_cont", "quantile_disc", "regr_avgx", "regr_avgy", "regr_count", "regr_intercept",
    "regr_r2", "regr_slope", "regr_sxx", "regr_sxy", "regr_syy", "reservoir_quantile", "sem",
    "skewness", "stddev", "stddev_pop", "stddev_samp", "string_agg", "sum", "sum_no_overflow",
    "sumkahan", "var_pop", "var_samp", "variance", "wavg", "weighted_avg"};
// clang-format on

}  // namespace

bool is_aggregate(std::string_view name) { return std::ranges::binary_search(kAggregates, name); }

std::vector<const Json*> find_aggregates(const Json& expression) {
  std::vector<const Json*> found;
  visit_expressions(expression, [&found](const Json& node) {
    if (!is_class(node, "FUNCTION") || !is_aggregate(function_name(node))) return true;
    found.push_back(&node);
    return false;
  });
  return found;
}

}  // namespace sluice::sql
