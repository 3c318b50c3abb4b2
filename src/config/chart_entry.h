#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/config_value.h"
#include "base/options.h"
#include "config/chart_keys.h"
#include "config/source_text.h"
#include "sluice/base/result.h"

namespace sluice::config {

/// A value from which on others are good, a warning or bad.
struct ChartThreshold {
  double at = 0;
  std::string tone;
  std::string label;  ///< "": none
};

/// A column that an option names, with its place.
struct ChartColumn {
  std::string name;
  Location location;
  std::string option;  ///< for messages: "x"
  ColumnNeed need = ColumnNeed::kAny;
};

/// A column of a chart that is a table, and how it looks.
struct ChartTableColumn {
  ChartColumn column;
  Options options;  ///< by chart_column_keys()
  std::vector<ChartThreshold> thresholds;
};

/// A chart as a pipeline file declares it. Which columns its rows have is not known yet.
struct ChartEntry {
  std::string name;
  Location location;  ///< of the name
  ChartKind kind = ChartKind::kLine;
  std::string markdown;   ///< of kMarkdown, which has nothing below but how it looks
  std::string sql;        ///< lines and columns as in the file, see SourceText::with_layout
  Location sql_location;  ///< of its first character
  ConfigValue from;       ///< of `from:`, a scalar; `sql` reads it. Else null
  std::string title;
  std::string tab;
  Options look;     ///< by chart_keys(): help, unit, digits, height ...
  Options options;  ///< by those of the kind
  int width = 0;
  std::vector<ChartThreshold> thresholds;
  std::optional<std::int64_t> range_us;  ///< null: not given
  std::int64_t refresh_us = 0;
  std::int64_t points = 0;
  std::vector<ChartColumn> columns;             ///< that its options name, in order of the options
  std::vector<ChartTableColumn> table_columns;  ///< of kTable; empty: all

  /// The columns that the option `name` names.
  std::vector<std::string> columns_of(std::string_view option) const;
  /// The one that it names; "": none.
  std::string column_of(std::string_view option) const;
};

/// How the page of the process is served, where the file says it.
struct PageEntry {
  std::string address;  ///< "": it does not
  std::string token_file;
  std::string certificate;
  std::string key;
  bool plain = false;
  std::vector<std::string> hosts;
  Location location;  ///< of the address
};

/// `ui:`.
struct UiEntry {
  std::int64_t range_us = 0;
  std::vector<ChartColumn> filters;
  PageEntry page;
  bool over_tables = false;  ///< the file has no source: all its rows are those of tables
};

/// Gives the source, view or table that the text names, in the spelling of its declaration.
using FindTable = std::function<Result<std::string>(const ConfigValue& name)>;

/// Reads the entry `charts.NAME`; `source` is the file that it is in.
Result<ChartEntry> read_chart(const ConfigValue::Entry& entry, const SourceText& source,
                              const FindTable& find_table);
/// Reads `ui:`, or, of null, its defaults.
Result<UiEntry> read_ui(const ConfigValue& value);

}  // namespace sluice::config
