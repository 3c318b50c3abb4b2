#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>

#include "charts/chart_rows.h"
#include "charts/chart_spec.h"
#include "charts/histogram.h"
#include "connector/batch_table.h"
#include "sluice/base/result.h"

namespace sluice::charts {

/// What one look at a chart's query gave.
struct Taken {
  Rows rows;  ///< as many as the chart keeps
  /// Of a result that is longer than that.
  bool truncated = false;
  std::optional<std::int64_t> total;  ///< null: not counted to the end
};

/// Takes the rows of a chart's query, chunk by chunk, and keeps no more of them than the chart is
/// to have.
class RowTaker {
 public:
  /// `at_ms`: when the batch began. `spec` outlives it.
  RowTaker(const ChartSpec& spec, std::int64_t at_ms);

  /// False: it has enough.
  Result<bool> take(const connector::RowChunk& chunk);
  Taken finish();

 private:
  void take_row(const connector::RowChunk& chunk, std::size_t row);
  void take_value(const connector::RowChunk& chunk, std::size_t row);
  void make_room();
  /// Whether the row may be the least or the greatest of its stretch of a series, so far.
  bool is_at_an_end(const connector::RowChunk& chunk, std::size_t row);
  /// To the chart's step of time.
  std::int64_t cut(std::int64_t time_ms) const;

  const ChartSpec& spec_;
  const std::int64_t at_ms_;
  Rows rows_;
  ValueCounts counts_;
  struct Ends {
    double least = 0;
    double greatest = 0;
  };
  std::int64_t stretch_us_ = 0;  ///< of charts that are coarsened(); 0: of others
  std::unordered_map<std::uint64_t, Ends> ends_;
  std::int64_t seen_ = 0;
  bool is_cut_ = false;  ///< there were more rows than it has looked at
};

}  // namespace sluice::charts
