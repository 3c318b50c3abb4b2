#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "charts/chart_rows.h"
#include "charts/chart_spec.h"

namespace sluice::charts {

/// Why a chart's query gives nothing any more, and where that query is in the file.
struct ChartError {
  std::string message;
  int line = 0;  ///< 0: not known
  int column = 0;
};

/// What a look adds to a chart.
struct Change {
  SharedRows rows;
  std::int64_t at_ms = 0;  ///< when the batch began
  bool truncated = false;
  std::optional<std::int64_t> total;
};

/// The rows of a chart. To copy one copies no rows. Changes depend on nothing but what they are
/// given, so that the same changes make the same state.
struct ChartState {
  struct Block {
    std::uint64_t seq = 0;  ///< of the change that has brought the rows
    SharedRows rows;
  };

  std::uint64_t seq = 1;     ///< of the newest change
  std::uint64_t joined = 1;  ///< what came up to this one is one by now
  std::vector<Block> blocks;
  std::size_t joined_rows = 0;  ///< as many as there were when they were last made fewer
  bool is_looked = false;       ///< the query was asked at least once
  std::int64_t at_ms = 0;       ///< of the newest change
  bool truncated = false;
  std::optional<std::int64_t> total;
  std::optional<ChartError> error;

  std::size_t row_count() const;
  std::vector<SharedRows> rows() const;
};

/// A result's rows with those of the state that have left it (ChartSpec::keeps_left_rows); null:
/// none has.
SharedRows with_left_rows(const ChartSpec& spec, const ChartState& state, const SharedRows& rows);

/// Puts a change into the state, by the chart's Keeping.
void apply(const ChartSpec& spec, const Change& change, ChartState& state);

/// The same state as a change of its own: whoever has seen less than `seq` gets all of it.
void renumber(ChartState& state, std::uint64_t seq);

}  // namespace sluice::charts
