#include "charts/thinning.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sluice::charts {
namespace {

using ValueKind = Values::Kind;
using Indexes = std::vector<std::size_t>;

/// Room for what comes until rows are thinned again.
constexpr std::size_t kKeptRowsMax = kRowsMax * 4 / 5;
/// Of a series, however many there are.
constexpr std::size_t kSeriesPointsMin = 10;

Indexes all_of(const Rows& rows) {
  Indexes all(rows.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return all;
}

/// A point to be thinned: where it is, and its height. What has no height has NaN.
struct Point {
  std::size_t id = 0;  ///< a row, or a place
  double x = 0;
  double y = 0;
};

/// Marks the points that stay, at most about `points_max` of them: the half that is furthest to the
/// right as it is, of the rest the least and the greatest of each stretch.
void mark(std::vector<Point>& points, std::size_t points_max, std::vector<bool>& stays) {
  if (points.size() <= points_max) {
    for (const Point& point : points) stays[point.id] = true;
    return;
  }
  std::ranges::stable_sort(points, {}, &Point::x);
  const std::size_t newest = points.size() - points_max / 2;
  for (std::size_t i = newest; i < points.size(); ++i) stays[points[i].id] = true;
  const std::size_t stretches = std::max<std::size_t>(1, points_max / 4);
  const double from = points.front().x;
  const double width = (points[newest].x - from) / static_cast<double>(stretches);
  std::size_t i = 0;
  for (std::size_t k = 1; k <= stretches && i < newest; ++k) {
    const double end = from + width * static_cast<double>(k);
    const Point* least = nullptr;
    const Point* greatest = nullptr;
    for (; i < newest && (points[i].x < end || k == stretches); ++i) {
      if (std::isnan(points[i].y)) continue;
      if (least == nullptr || points[i].y < least->y) least = &points[i];
      if (greatest == nullptr || points[i].y > greatest->y) greatest = &points[i];
    }
    if (least != nullptr) stays[least->id] = stays[greatest->id] = true;
  }
}

/// The rows of each series, and those without a place on the axis nowhere.
std::vector<Indexes> series_of(const ChartSpec& spec, const Rows& rows) {
  std::vector<Indexes> series;
  std::unordered_map<std::string, std::size_t> known;
  std::string key;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (!std::isfinite(rows.values[*spec.x].number(row))) continue;
    key.clear();
    if (spec.by) rows.values[*spec.by].append_key(key, row);
    const auto [found, is_new] = known.try_emplace(key, series.size());
    if (is_new) series.emplace_back();
    series[found->second].push_back(row);
  }
  return series;
}

Rows where(const Rows& rows, const std::vector<bool>& stays) {
  Indexes kept;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (stays[row]) kept.push_back(row);
  }
  return rows.picked(kept);
}

Rows newest(const ChartSpec& spec, Rows rows, std::size_t rows_max) {
  if (rows.size() <= rows_max) return rows;
  Indexes order = all_of(rows);
  if (spec.time) {
    const Values& times = rows.values[*spec.time];
    const auto time = [&](std::size_t row) {
      return times.kind(row) == ValueKind::kInteger ? times.integer(row) : 0;
    };
    std::ranges::stable_sort(order, {}, time);
  }
  Indexes kept(order.end() - static_cast<std::ptrdiff_t>(rows_max), order.end());
  std::ranges::sort(kept);
  return rows.picked(kept);
}

std::size_t allowed(std::size_t points, std::size_t series) {
  return std::max(kSeriesPointsMin,
                  std::min(points, kKeptRowsMax / std::max<std::size_t>(1, series)));
}

Rows thin_series(const ChartSpec& spec, Rows rows) {
  const std::vector<Indexes> series = series_of(spec, rows);
  const std::size_t total = std::min(spec.points * kSeriesMax, kKeptRowsMax);
  const std::size_t each =
      series.size() <= kSeriesMax ? spec.points : std::max(kSeriesPointsMin, total / series.size());
  const std::size_t points_max = allowed(each, series.size());
  const bool fits =
      std::ranges::all_of(series, [&](const Indexes& one) { return one.size() <= points_max; });
  if (!fits) {
    std::vector<bool> stays(rows.size(), false);
    std::vector<Point> points;
    for (const Indexes& one : series) {
      for (const std::size_t y : spec.y) {
        points.clear();
        for (const std::size_t row : one) {
          points.push_back({row, rows.values[*spec.x].number(row), rows.values[y].number(row)});
        }
        mark(points, std::max(kSeriesPointsMin, points_max / spec.y.size()), stays);
      }
    }
    rows = where(rows, stays);
  }
  return newest(spec, std::move(rows), total);
}

/// The sum of the heights at each place stands for it.
Rows thin_places(const ChartSpec& spec, Rows rows) {
  struct Place {
    double sum = 0;
    std::size_t id = 0;
  };
  std::map<double, Place> places;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const double x = rows.values[*spec.x].number(row);
    if (!std::isfinite(x)) continue;
    double& sum = places[x].sum;
    for (const std::size_t y : spec.y) {
      const double height = rows.values[y].number(row);
      if (std::isfinite(height)) sum += height;
    }
  }
  const std::size_t rows_each =
      places.empty() ? 1 : (rows.size() + places.size() - 1) / places.size();
  const std::size_t places_max = allowed(spec.points, rows_each);
  if (places.size() > places_max) {
    std::vector<Point> points;
    for (auto& [x, place] : places) {
      place.id = points.size();
      points.push_back({place.id, x, place.sum});
    }
    std::vector<bool> stays(points.size(), false);
    mark(points, places_max, stays);
    std::vector<bool> rows_stay(rows.size(), false);
    for (std::size_t row = 0; row < rows.size(); ++row) {
      const auto place = places.find(rows.values[*spec.x].number(row));
      rows_stay[row] = place != places.end() && stays[place->second.id];
    }
    rows = where(rows, rows_stay);
  }
  return newest(spec, std::move(rows), kKeptRowsMax);
}

/// Adds the numbers of row `from` in `values` to what `sum` has; exact as long as both are whole.
void add_up(Values& made, const Values& a, std::size_t row_a, double more, bool whole,
            std::int64_t more_whole) {
  if (whole && a.kind(row_a) == ValueKind::kInteger) {
    std::int64_t sum = 0;
    if (!__builtin_add_overflow(a.integer(row_a), more_whole, &sum)) {
      made.add_integer(sum);
      return;
    }
  }
  const double value = a.number(row_a);
  made.add_real((std::isfinite(value) ? value : 0) + more);
}

struct Sum {
  std::size_t first = 0;  ///< row
  std::vector<double> more;
  std::vector<std::int64_t> more_whole;
  std::vector<bool> whole;
  bool alone = true;
};

/// Rows that are equal but for their heights become one.
Rows sum_up(const ChartSpec& spec, const Rows& rows) {
  std::unordered_map<std::string, std::size_t> known;
  std::vector<Sum> sums;
  std::string key;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    key.clear();
    for (std::size_t i = 0; i < rows.columns.size(); ++i) {
      if (std::ranges::find(spec.y, i) == spec.y.end()) rows.values[i].append_key(key, row);
    }
    const auto [found, is_new] = known.try_emplace(key, sums.size());
    if (is_new) {
      sums.push_back({row, std::vector<double>(spec.y.size()),
                      std::vector<std::int64_t>(spec.y.size()),
                      std::vector<bool>(spec.y.size(), true)});
      continue;
    }
    Sum& sum = sums[found->second];
    sum.alone = false;
    for (std::size_t k = 0; k < spec.y.size(); ++k) {
      const Values& heights = rows.values[spec.y[k]];
      const double height = heights.number(row);
      if (std::isfinite(height)) sum.more[k] += height;
      const bool fits =
          heights.kind(row) == ValueKind::kInteger &&
          !__builtin_add_overflow(sum.more_whole[k], heights.integer(row), &sum.more_whole[k]);
      sum.whole[k] = sum.whole[k] && (fits || heights.is_null(row));
    }
  }
  Rows made(rows.columns);
  for (const Sum& sum : sums) {
    for (std::size_t i = 0; i < rows.columns.size(); ++i) {
      const auto y = std::ranges::find(spec.y, i);
      if (sum.alone || y == spec.y.end()) {
        made.values[i].add_from(rows.values[i], sum.first);
        continue;
      }
      const auto k = static_cast<std::size_t>(y - spec.y.begin());
      add_up(made.values[i], rows.values[i], sum.first, sum.more[k], sum.whole[k],
             sum.more_whole[k]);
    }
  }
  return made;
}

/// Texts by their letters, after numbers; NULL is the least.
bool is_less(const Values& values, std::size_t a, std::size_t b, bool numeric) {
  if (values.is_null(a) || values.is_null(b)) return values.is_null(a) && !values.is_null(b);
  if (!numeric && values.kind(a) == ValueKind::kText && values.kind(b) == ValueKind::kText) {
    return values.text(a) < values.text(b);
  }
  return values.number(a) < values.number(b);
}

Rows first(const ChartSpec& spec, Rows rows) {
  if (rows.size() <= spec.rows_max) return rows;
  Indexes order = all_of(rows);
  if (spec.sort) {
    const Values& values = rows.values[*spec.sort];
    const bool numeric = rows.columns[*spec.sort].type != ColumnType::kText;
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
      return spec.sorts_falling ? is_less(values, b, a, numeric) : is_less(values, a, b, numeric);
    });
  }
  order.resize(spec.rows_max);
  return rows.picked(order);
}

}  // namespace

TimeSpan times_of(const ChartSpec& spec, const Rows& rows) {
  TimeSpan span;
  if (!spec.time) return span;
  const Values& times = rows.values[*spec.time];
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (times.kind(row) != ValueKind::kInteger) continue;
    const std::int64_t time = times.integer(row);
    span.first = span.any ? std::min(span.first, time) : time;
    span.last = span.any ? std::max(span.last, time) : time;
    span.any = true;
  }
  return span;
}

std::int64_t stretch_ms(const ChartSpec& spec) {
  const bool along_time = spec.keeping == Keeping::kRows && spec.thinning == Thinning::kSeries &&
                          spec.x && spec.x == spec.time;
  if (!along_time || spec.range_ms == 0) return 0;
  return std::max<std::int64_t>(1, spec.range_ms * 2 / static_cast<std::int64_t>(spec.points));
}

Rows coarsened(const ChartSpec& spec, Rows rows) {
  const std::int64_t stretch = stretch_ms(spec);
  if (stretch == 0) return rows;
  struct Ends {
    std::size_t least = 0;
    std::size_t greatest = 0;
  };
  std::unordered_map<std::string, Ends> found;
  const Values& times = rows.values[*spec.x];
  std::string key;
  std::vector<bool> stays(rows.size(), false);
  for (const std::size_t y : spec.y) {
    const Values& heights = rows.values[y];
    found.clear();
    for (std::size_t row = 0; row < rows.size(); ++row) {
      if (times.kind(row) != ValueKind::kInteger || !std::isfinite(heights.number(row))) continue;
      key.clear();
      if (spec.by) rows.values[*spec.by].append_key(key, row);
      key += std::to_string(times.integer(row) / stretch);
      const auto [at, is_new] = found.try_emplace(key, Ends{row, row});
      if (is_new) continue;
      if (heights.number(row) < heights.number(at->second.least)) at->second.least = row;
      if (heights.number(row) > heights.number(at->second.greatest)) at->second.greatest = row;
    }
    for (const auto& [name, ends] : found) stays[ends.least] = stays[ends.greatest] = true;
  }
  return where(rows, stays);
}

Rows joined(const ChartSpec& spec, std::span<const SharedRows> blocks) {
  TimeSpan all;
  for (const SharedRows& block : blocks) {
    const TimeSpan span = times_of(spec, *block);
    if (!span.any) continue;
    all.last = all.any ? std::max(all.last, span.last) : span.last;
    all.any = true;
  }
  const bool goes = spec.range_ms > 0 && all.any;
  Rows rows(spec.columns);
  for (const SharedRows& block : blocks) {
    for (std::size_t row = 0; row < block->size(); ++row) {
      if (goes) {
        const Values& times = block->values[*spec.time];
        if (times.kind(row) != ValueKind::kInteger ||
            times.integer(row) < all.last - spec.range_ms) {
          continue;
        }
      }
      rows.add_from(*block, row);
    }
  }
  return rows;
}

Rows thinned(const ChartSpec& spec, Rows rows) {
  switch (spec.thinning) {
    case Thinning::kSeries:
      return thin_series(spec, std::move(rows));
    case Thinning::kPlaces:
      if (spec.keeping == Keeping::kRows) rows = sum_up(spec, rows);
      return thin_places(spec, std::move(rows));
    case Thinning::kSums:
      // Counts have bounds of their own, and are wrong when some of them go.
      return newest(spec, sum_up(spec, rows),
                    spec.keeping == Keeping::kCounts
                        ? kKeptRowsMax
                        : std::min(spec.points * kSeriesMax, kKeptRowsMax));
    case Thinning::kNewest:
      return newest(spec, std::move(rows), spec.rows_max);
    case Thinning::kFirst:
      return first(spec, std::move(rows));
  }
  return rows;
}

}  // namespace sluice::charts
