#include "charts/histogram.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

namespace sluice::charts {
namespace {

constexpr std::int64_t kBinsShownMax = 1000;
/// Finer than anybody looks: so many digits of the first value.
constexpr int kDigits = 6;
/// Beyond these a double has no neighbours that are whole.
constexpr double kBinMax = 9e15;
/// Of a step: what is nearer to a border than this is on it.
constexpr double kNearly = 1e-6;

double power_of_ten(int exponent) { return std::pow(10.0, exponent); }

std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  return a / b - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0);
}

double fixed_step(const ChartSpec& spec) {
  const Options& options = spec.entry->options;
  return options.has("width") ? options.number("width") : 0;
}

}  // namespace

double ValueCounts::step() const {
  return fixed_step_ > 0 ? fixed_step_ * static_cast<double>(multiple_) : step_;
}

void ValueCounts::set_exponent(int exponent) {
  exponent_ = exponent;
  step_ = power_of_ten(exponent);
  factor_ = exponent < 0 ? power_of_ten(-exponent) : 0;
}

double ValueCounts::border(std::int64_t n, std::int64_t width) const {
  const double steps = static_cast<double>(n) * static_cast<double>(width);
  if (fixed_step_ > 0) return steps * step();
  // Divided by a power of ten it is the double nearest to the decimal.
  return factor_ > 0 ? steps / factor_ : steps * step_;
}

void ValueCounts::coarsen() {
  std::unordered_map<std::int64_t, std::int64_t> coarse;
  for (const auto& [bin, count] : bins_) coarse[floor_div(bin, 10)] += count;
  bins_ = std::move(coarse);
  set_exponent(exponent_ + 1);
}

void ValueCounts::widen() {
  std::unordered_map<std::int64_t, std::int64_t> wide;
  for (const auto& [bin, count] : bins_) wide[floor_div(bin, 2)] += count;
  bins_ = std::move(wide);
  multiple_ *= 2;
}

void ValueCounts::add(double value) {
  if (!std::isfinite(value)) return;
  if (!is_chosen_) {
    is_chosen_ = true;
    const double size = std::abs(value);
    const int exponent = (size > 0 ? static_cast<int>(std::floor(std::log10(size))) : 0) - kDigits;
    set_exponent(std::clamp(exponent, -250, 300));
  }
  if (fixed_step_ > 0) {
    const double bin = std::floor(value / fixed_step_ + kNearly);
    if (std::abs(bin) < kBinMax) ++bins_[floor_div(static_cast<std::int64_t>(bin), multiple_)];
    while (bins_.size() > kFixedBinsMax) widen();
    return;
  }
  while (std::abs(value) > kBinMax * step_) coarsen();
  const double steps = factor_ > 0 ? value * factor_ : value / step_;
  ++bins_[static_cast<std::int64_t>(std::floor(steps + kNearly))];
  if (bins_.size() > kBinsMax) coarsen();
}

void ValueCounts::add_bin(double step, std::int64_t bin, std::int64_t count) {
  if (!(step > 0) || !std::isfinite(step) || count <= 0) return;
  if (fixed_step_ > 0) {
    const double ratio = step / fixed_step_;
    const bool is_ours = ratio >= 1 && ratio < kBinMax && ratio == std::floor(ratio);
    if (!is_ours) return;
    const auto multiple = static_cast<std::int64_t>(ratio);
    while (multiple_ < multiple) widen();
    bins_[floor_div(bin, multiple_ / multiple)] += count;
    while (bins_.size() > kFixedBinsMax) widen();
    return;
  }
  int exponent = static_cast<int>(std::lround(std::log10(step)));
  if (!is_chosen_) {
    is_chosen_ = true;
    set_exponent(exponent);
  }
  while (exponent_ < exponent) coarsen();
  for (; exponent < exponent_; ++exponent) bin = floor_div(bin, 10);
  bins_[bin] += count;
  if (bins_.size() > kBinsMax) coarsen();
}

Rows count_rows(const ChartSpec& spec, const ValueCounts& counts, std::int64_t at_ms) {
  Rows rows(spec.columns);
  const std::map<std::int64_t, std::int64_t> sorted(counts.bins().begin(), counts.bins().end());
  for (const auto& [bin, count] : sorted) {
    rows.values[0].add_integer(at_ms);
    rows.values[1].add_real(counts.step());
    rows.values[2].add_integer(bin);
    rows.values[3].add_integer(count);
  }
  return rows;
}

Rows histogram_rows(const ChartSpec& spec, std::span<const SharedRows> blocks) {
  ValueCounts all(fixed_step(spec));
  for (const SharedRows& block : blocks) {
    for (std::size_t row = 0; row < block->size(); ++row) {
      all.add_bin(block->values[1].number(row), block->values[2].integer(row),
                  block->values[3].integer(row));
    }
  }
  Rows rows(
      {{"from", ColumnType::kNumber}, {"to", ColumnType::kNumber}, {"count", ColumnType::kNumber}});
  if (all.bins().empty()) return rows;
  const std::map<std::int64_t, std::int64_t> sorted(all.bins().begin(), all.bins().end());
  const std::int64_t least = sorted.begin()->first;
  const std::int64_t greatest = sorted.rbegin()->first;
  const auto bins_with = [&](std::int64_t width) {
    return floor_div(greatest, width) - floor_div(least, width) + 1;
  };
  std::int64_t width = 1;
  if (fixed_step(spec) > 0) {
    while (bins_with(width) > kBinsShownMax) width *= 2;
  } else {
    // No finer than three digits of the values; of whole numbers 1 at least.
    const double size = static_cast<double>(std::max(std::abs(least), std::abs(greatest)));
    const double finest =
        std::max(size / 1000, spec.counts_integers ? std::min(1.0 / all.step(), kBinMax) : 0.0);
    const std::int64_t bins_max = spec.entry->options.integer("bins");
    static constexpr std::array<std::int64_t, 3> kRound = {1, 2, 5};
    for (std::int64_t power = 1, i = 0;; ++i) {
      if (i == 3) power *= 10, i = 0;
      width = kRound[static_cast<std::size_t>(i)] * power;
      const bool is_fine = static_cast<double>(width) < finest * (1 - kNearly);
      if ((!is_fine && bins_with(width) <= bins_max) || power > 1'000'000'000'000'000) break;
    }
  }
  const std::int64_t first = floor_div(least, width);
  std::map<std::int64_t, std::int64_t> wide;
  for (const auto& [bin, count] : sorted) wide[floor_div(bin, width)] += count;
  for (std::int64_t n = first; n < first + bins_with(width); ++n) {
    const auto found = wide.find(n);
    rows.values[0].add_real(all.border(n, width));
    rows.values[1].add_real(all.border(n + 1, width));
    rows.values[2].add_integer(found == wide.end() ? 0 : found->second);
  }
  return rows;
}

}  // namespace sluice::charts
