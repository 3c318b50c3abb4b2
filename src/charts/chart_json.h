#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include <nlohmann/json.hpp>

#include "base/json.h"
#include "charts/chart_rows.h"
#include "charts/chart_spec.h"
#include "charts/chart_state.h"
#include "config/chart_entry.h"

namespace sluice::charts {

// JSON as docs/reference/live.md has it.

/// CHART. `spec`: of the chart, once its query is planned; null before.
OrderedJson chart_json(const config::ChartEntry& entry, const ChartSpec* spec);

/// A chart at one moment, ready to be written without a lock.
struct ChartFacts {
  std::string pipeline;
  std::string chart;
  const ChartSpec* spec = nullptr;  ///< null: its query has not been planned
  bool appends = false;             ///< `rows` are the newer ones alone
  std::span<const SharedRows> rows;
  const ChartState* state = nullptr;  ///< all but its rows
};

/// The data of the event `chart`.
std::string news_json(const ChartFacts& facts);

/// The rows of a page as CSV with a header, lines that end with CR LF. What a spreadsheet would
/// take for a formula is text there: it has an apostrophe before it.
std::string chart_csv(const ChartSpec* spec, std::span<const SharedRows> rows);

}  // namespace sluice::charts
