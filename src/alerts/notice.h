#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "alerts/alert.h"
#include "base/clock.h"
#include "base/json.h"

namespace sluice::alerts {

/// A time during which an alert fires for one key.
struct Incident {
  std::string id;  ///< the same from its beginning to its end, after a restart, too
  std::string alert;
  std::string key;
  Severity severity = Severity::kWarn;
  std::string text;
  OrderedJson values;  ///< an object
  Micros from = 0;
  std::optional<Micros> to{};
};

/// What receivers hear: that incidents have begun, go on or have ended.
struct Notice {
  std::string id;  ///< the same whenever it is sent again
  std::string pipeline;
  std::string alert;
  std::string title;
  std::string help;
  Severity severity = Severity::kWarn;
  bool is_firing = true;
  int repeats = 0;                     ///< how often it was said before
  std::optional<std::string> group{};  ///< what the incidents share; null: there is one
  std::vector<Incident> incidents;     ///< at least one
  std::int64_t more = 0;               ///< incidents that are counted only

  /// "Hot rack: sensor a is 81 °C", "Hot rack: 3 incidents": on one line.
  std::string summary() const;
  /// The texts of the incidents, a line each.
  std::string body() const;
  const Incident& first() const { return incidents.front(); }
};

/// As webhooks get it (docs/reference/alerts.md), and as it is kept.
OrderedJson notice_json(const Notice& notice);
/// What notice_json() has made; null: it is none.
std::optional<Notice> read_notice(const OrderedJson& json);

OrderedJson incident_json(const Incident& incident);
std::optional<Incident> read_incident(const OrderedJson& json);

/// As text for a log or a mail: control characters become blanks.
std::string on_one_line(std::string_view text);

}  // namespace sluice::alerts
