#pragma once

#include <cstddef>
#include <span>

#include "charts/chart_rows.h"
#include "charts/chart_spec.h"

namespace sluice::charts {

/// The rows of several blocks, one after the other; those that are older than the chart's range
/// (against the newest) are left out.
Rows joined(const ChartSpec& spec, std::span<const SharedRows> blocks);

/// `rows` with as many of them as the chart keeps: all, or fewer as its Thinning says. Rows that
/// stay keep their order, except where they are added up or sorted.
Rows thinned(const ChartSpec& spec, Rows rows);

/// How long a stretch is of a chart whose batches are coarsened(), milliseconds; 0: they are not.
std::int64_t stretch_ms(const ChartSpec& spec);
/// The rows of one batch, of a chart that adds them along its time, as finely as its range and
/// points can show: of each stretch of a series the least and the greatest. Others stay as they
/// are.
Rows coarsened(const ChartSpec& spec, Rows rows);

/// The least and the greatest time of rows, milliseconds; false: none has one.
struct TimeSpan {
  bool any = false;
  std::int64_t first = 0;
  std::int64_t last = 0;
};
TimeSpan times_of(const ChartSpec& spec, const Rows& rows);

}  // namespace sluice::charts
