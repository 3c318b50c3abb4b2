#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/config_value.h"
#include "base/options.h"
#include "config/source_text.h"
#include "config/sql_entry.h"
#include "sluice/base/result.h"

namespace sluice::config {

/// An alert as a pipeline file declares it, each key checked by itself and against the others.
struct AlertEntry {
  std::string name;
  Location location;
  Options options;        ///< by alert_keys()
  std::string condition;  ///< which of alert_conditions() it has
  SqlEntry when;          ///< its SQL is "" where there is none
  SqlEntry clear_when;
  /// Of a condition other than `when`: records, microseconds, percent or records a minute.
  double limit = 0;
  bool is_duration = false;    ///< of `lag`
  bool is_percent = false;     ///< of `dead_letters`
  bool is_by_trigger = false;  ///< of `batch_longer_than`: the limit is the trigger's interval
};

/// Whom alerts inform.
struct ReceiverEntry {
  std::string name;
  std::string kind;
  ConfigValue options;  ///< a map, or null: none given
  Location location;    ///< of the key
};

/// `alerts` and `notify` of a file.
struct AlertEntries {
  std::vector<AlertEntry> alerts;
  std::vector<ReceiverEntry> receivers;
};

/// What else of the file alerts are checked by.
struct AlertSurroundings {
  const SourceText& source;                 ///< the file
  const std::vector<std::string>& kinds;    ///< of receivers
  const std::vector<std::string>& sources;  ///< names
  bool has_interval = false;                ///< trigger: {every: ...}
};

/// Reads both. kUser errors carry the place.
Result<AlertEntries> read_alerts(const Options& file, const AlertSurroundings& around);

}  // namespace sluice::config
