#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/config_value.h"

namespace sluice::sql {

/// A view's rows are to come once for each key, as the pipeline file declares it.
struct Deduplicate {
  struct Column {
    std::string name;
    Location location;
  };
  std::vector<Column> by;  ///< columns of the view; empty: all
  /// How long after its first row's event time a key is remembered; null: for ever, or until the
  /// watermark passes it when the event time is among the keys.
  std::optional<std::int64_t> within_us;
  Location location;
};

/// A view as the pipeline file declares it.
struct ViewText {
  std::string name;
  std::string sql;
  /// Of the first character of `sql` in the file, for messages. Later lines keep the indentation
  /// that they have in the file: a place in line k > 1 of `sql` is line location.line + k - 1, same
  /// column.
  Location location;
  std::optional<Deduplicate> deduplicate = {};
  /// A stream of its own, under this name, of the input rows that came too late for the view; "":
  /// they are counted only.
  std::string late_to = {};
  Location late_location = {};
  /// SQL over the view's columns, of type TIMESTAMP or TIMESTAMPTZ: when a row's event happened.
  /// "": the view has no watermark of its own.
  std::string event_time = {};
  Location event_time_location = {};  ///< of the watermark, for messages
};

}  // namespace sluice::sql
