#include "connectors/generator/row_plan.h"

namespace sluice::connectors {

bool RowPlan::is_silent(std::int64_t number) const {
  if (gap_fraction == 0) return false;
  const std::int64_t device = number % series;
  const SeriesPart part = part_of_series(gaps, device, number / series, gap_readings);
  return gaps.unit(part.number * series + device) < gap_fraction;
}

bool RowPlan::comes_again(std::int64_t number) const {
  return duplicate_fraction > 0 && duplicates.unit(number) < duplicate_fraction;
}

std::vector<std::int64_t> RowPlan::rows(std::int64_t first, std::int64_t count) const {
  std::vector<std::int64_t> numbers;
  numbers.reserve(static_cast<std::size_t>(count));
  for (std::int64_t number = first; number < first + count; ++number) {
    if (!is_silent(number)) numbers.push_back(number);
    const std::int64_t earlier = number - duplicate_after;
    if (earlier >= 0 && comes_again(earlier) && !is_silent(earlier)) numbers.push_back(earlier);
  }
  return numbers;
}

}  // namespace sluice::connectors
