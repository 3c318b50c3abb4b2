#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "alerts/alert.h"
#include "alerts/notice.h"
#include "alerts/observation.h"
#include "base/clock.h"
#include "base/json.h"

namespace sluice::alerts {

/// A key of an alert that is not ok: it is pending until its condition has held for `for`, then it
/// fires.
struct KeyState {
  bool is_firing = false;
  bool is_active = true;   ///< the condition held when it was looked at last
  Micros since = 0;        ///< when it began to be pending, or to fire
  Micros last_active = 0;  ///< when the condition held last
  std::string id{};        ///< of the incident, of one that fires
  std::string text{};
  OrderedJson values{};
  std::string group{};
  std::string anchor{};
  int said = 0;                  ///< how often it was said that it fires, or is about to be
  Micros said_at = 0;            ///< for the last time
  std::set<std::string> told{};  ///< receivers to whom it was said
};

/// An incident that has ended, and what is to be said of it.
struct Ended {
  Incident incident;
  std::string group;
  std::set<std::string> told;  ///< those who are to hear of it
};

/// The keys of one alert, by the clock that is handed in: ok, pending, firing, ok again. A value.
/// Methods that change return whether there is something to keep; texts and values alone are not.
class AlertState {
 public:
  /// `alert` outlives it.
  AlertState(const std::string& pipeline, const Alert& alert)
      : pipeline_(pipeline), alert_(&alert) {}

  /// What the condition has given at `now`.
  bool observe(const Observation& seen, Micros now, std::vector<Ended>& ended);
  /// Time has passed: what is pending may fire, what goes on firing after its condition may end.
  /// Not before the condition was looked at in this run.
  bool advance(Micros now, std::vector<Ended>& ended);
  /// When advance() has something to do; null: nothing until the next observe().
  std::optional<Micros> next() const;
  /// No time of it is later than `now`: the clock was set back.
  void set_back(Micros now);
  /// All that fires ends.
  void end(Micros now, std::vector<Ended>& ended);

  const Alert& alert() const { return *alert_; }
  std::map<std::string, KeyState>& keys() { return keys_; }
  const std::map<std::string, KeyState>& keys() const { return keys_; }
  Incident incident(const std::string& key, const KeyState& state) const;
  /// When a key came, fired or ended last; 0: never.
  Micros changed_at() const { return changed_at_; }
  bool is_firing(const std::string& key) const;

  OrderedJson to_json() const;
  void read(const OrderedJson& json);

 private:
  bool activate(const ActiveKey& active, Micros now);
  bool begin_to_fire(const std::string& key, KeyState& state, Micros now);
  Ended ended(const std::string& key, const KeyState& state, Micros now) const;
  /// Whether a key whose condition does not hold goes on firing.
  bool goes_on(const KeyState& state, Micros now) const;

  std::string pipeline_;
  const Alert* alert_;
  std::map<std::string, KeyState> keys_;
  Micros changed_at_ = 0;
  bool is_looked_at_ = false;  // in this run
};

/// An id that only these texts have.
std::string id_of(const std::vector<std::string>& texts);

}  // namespace sluice::alerts
