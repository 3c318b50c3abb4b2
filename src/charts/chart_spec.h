#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "charts/chart_rows.h"
#include "config/chart_entry.h"
#include "sluice/base/result.h"
#include "sql/plan/plan.h"

namespace sluice::charts {

/// What a look at the pipeline does to a chart's rows.
enum class Keeping : unsigned char {
  kResult,   ///< the query's rows replace what was there
  kRows,     ///< a batch's rows are added
  kHistory,  ///< the last row's value is added, with the time of its batch (number, gauge)
  kCounts,   ///< the counts of a batch's values are added, with its time (histogram)
};

/// How rows become fewer where there are too many.
enum class Thinning : unsigned char {
  kSeries,  ///< of each stretch of a series the least and the greatest stay
  kPlaces,  ///< the same of places on the axis, by the sums that are there
  kSums,    ///< equal ones are added up, then the oldest go
  kNewest,  ///< the oldest go
  kFirst,   ///< those after the first ones go
};

/// Bounds that no option moves.
inline constexpr std::size_t kSeriesMax = 24;
inline constexpr std::size_t kRowsMax = 100'000;       ///< of a chart
inline constexpr std::size_t kResultRowsMax = 10'000;  ///< of a result that is not thinned
inline constexpr std::size_t kColumnsMax = 64;

/// A chart whose query is planned: what is asked, and what is kept of it.
struct ChartSpec {
  std::shared_ptr<const config::ChartEntry> entry;
  sql::QueryPlan query;  ///< gives the columns `asked`, in their order
  /// What is read of the query's rows, and what a chart's rows have: the same, but that a time may
  /// come first; of a histogram at, step, bin, count (ValueCounts).
  std::vector<Column> asked;
  std::vector<Column> columns;
  Keeping keeping = Keeping::kResult;
  Thinning thinning = Thinning::kFirst;
  std::size_t rows_max = 0;         ///< of kNewest and kFirst
  std::optional<std::size_t> time;  ///< the first column of `columns` that is one
  bool time_is_added = false;       ///< that column is when the batch began, and not asked
  std::int64_t time_step_ms = 0;    ///< times are cut to it; 0: they are not
  std::int64_t range_ms = 0;        ///< older rows go; 0: they stay
  /// A result that is drawn along its time: rows before its first one have left it (a window that
  /// is over goes from a view's state), and stay.
  bool keeps_left_rows = false;
  std::size_t points = 0;
  // Indexes of `columns`.
  std::optional<std::size_t> x;
  std::vector<std::size_t> y;
  std::optional<std::size_t> by;
  std::optional<std::size_t> sort;
  bool sorts_falling = false;
  bool counts_integers = false;  ///< of a histogram
  /// What a chart's rows depend on; other rows are another chart's.
  std::string fingerprint;

  const std::string& name() const { return entry->name; }
};

/// Makes of a declared chart and its planned query what is asked and kept. kUser: a column that an
/// option names is not among the query's, or has another type.
Result<ChartSpec> resolve(std::shared_ptr<const config::ChartEntry> entry,
                          const config::UiEntry& ui, const sql::QueryPlan& plan);

}  // namespace sluice::charts
