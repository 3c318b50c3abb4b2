#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/config_value.h"
#include "config/source_text.h"
#include "config/watermark_entry.h"
#include "sluice/base/result.h"

namespace sluice::config {

/// A view's `deduplicate:`. Durations are microseconds.
struct DeduplicateEntry {
  struct Column {
    std::string name;
    Location location;
  };
  std::vector<Column> by;  ///< empty: all columns
  std::optional<std::int64_t> within_us;
  Location location;
};

/// A view as a pipeline file declares it: SQL text, or a map.
struct ViewEntry {
  std::string name;
  Location location;      ///< of the name
  std::string sql;        ///< lines and columns as in the file, see SourceText::with_layout
  Location sql_location;  ///< of its first character
  /// Of a map with `from:`, a scalar that names a source or view; `sql` reads it. Else null.
  ConfigValue from;
  std::optional<DeduplicateEntry> deduplicate;
  WatermarkEntry watermark;
  /// The name of the stream that takes the rows which came too late, and its place; "": none.
  ConfigValue::Entry late_to;
};

/// Reads the entry `views.NAME`; `source` is the file that it is in.
Result<ViewEntry> read_view(const ConfigValue::Entry& entry, const SourceText& source);

}  // namespace sluice::config
