#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>

#include "charts/chart_rows.h"
#include "charts/chart_spec.h"

namespace sluice::charts {

/// How many values fell between two borders: bin `n` holds those from n * step up to (n + 1) *
/// step. The step is a power of ten, fine enough for what was counted, and grows with it; or a
/// fixed one, doubled. So counts of two times can be added up.
class ValueCounts {
 public:
  static constexpr std::size_t kBinsMax = 512;
  static constexpr std::size_t kFixedBinsMax = 1024;

  /// `fixed_step`: the width of each bin, doubled as often as there were more than kFixedBinsMax;
  /// 0: as the values need.
  explicit ValueCounts(double fixed_step = 0)
      : fixed_step_(fixed_step), is_chosen_(fixed_step > 0) {}

  /// What is not finite is not counted.
  void add(double value);
  /// `count` values in bin `bin` of other counts, whose step is `step`.
  void add_bin(double step, std::int64_t bin, std::int64_t count);

  double step() const;
  const std::unordered_map<std::int64_t, std::int64_t>& bins() const { return bins_; }
  /// Where bin `n` of `width` steps begins.
  double border(std::int64_t n, std::int64_t width) const;

 private:
  void coarsen();
  void widen();
  void set_exponent(int exponent);

  double fixed_step_;
  std::int64_t multiple_ = 1;  // of the fixed step
  int exponent_ = 0;           // the step is 10^exponent_, where none is fixed
  // Of the exponent:
  double step_ = 1;
  double factor_ = 1;  // steps are the value times this, where it is not 0, else divided by step_
  bool is_chosen_;
  std::unordered_map<std::int64_t, std::int64_t> bins_;
};

/// The counts as a chart's rows keep them: columns at, step, bin, count.
Rows count_rows(const ChartSpec& spec, const ValueCounts& counts, std::int64_t at_ms);

/// The rows of a page: columns from, to, count, without a gap, at most as many as the chart's
/// `bins` says (or a thousand with its `width`), with round borders. `blocks` have columns as
/// count_rows() makes them.
Rows histogram_rows(const ChartSpec& spec, std::span<const SharedRows> blocks);

}  // namespace sluice::charts
