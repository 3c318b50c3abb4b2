#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/options.h"

namespace sluice::config {

/// What a chart draws; each is a key of charts.NAME with options of its own.
enum class ChartKind : unsigned char {
  kLine,
  kArea,
  kBar,
  kScatter,
  kHistogram,
  kHeatmap,
  kDonut,
  kNumber,
  kGauge,
  kTable,
  kMap,
  kMarkdown,
};

/// What the values of a column must be that a chart's option names.
enum class ColumnNeed : unsigned char {
  kAny,
  kNumber,
  kPosition,        ///< on an axis: a time or a number
  kPositionOrText,  ///< on an axis, or names beside it
};

/// A kind of chart, and which of its options name columns of its rows.
struct ChartKindKeys {
  struct Column {
    std::string option;
    ColumnNeed need = ColumnNeed::kAny;
  };
  ChartKind kind = ChartKind::kLine;
  std::string name;  ///< as it is written in a pipeline file
  std::string text;
  std::vector<OptionSpec> options;  ///< none of kMarkdown, which is a text
  std::vector<Column> columns;
};

// As the tables of config/keys.h.
const std::vector<OptionSpec>& chart_keys();         ///< charts.NAME, beside the kind
const std::vector<ChartKindKeys>& chart_kinds();     ///< charts.NAME.KIND
const std::vector<OptionSpec>& chart_column_keys();  ///< charts.NAME.table.columns.NAME
const std::vector<OptionSpec>& threshold_keys();     ///< an item of thresholds
const std::vector<OptionSpec>& ui_keys();            ///< ui

const ChartKindKeys& keys_of(ChartKind kind);
/// "line", "area" ...
std::string_view chart_kind_name(ChartKind kind);

}  // namespace sluice::config
