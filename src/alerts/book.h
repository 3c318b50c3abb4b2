#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "alerts/alert_state.h"
#include "alerts/notice.h"
#include "base/clock.h"

namespace sluice::alerts {

/// Incidents that have ended, which are remembered.
inline constexpr std::size_t kHistoryMax = 100;
/// Notices that wait for one receiver; what comes beyond is given up.
inline constexpr std::size_t kWaitingMax = 1000;
inline constexpr std::size_t kSilencesMax = 10'000;
/// Incidents that are gathered for one notice; what comes beyond is counted.
inline constexpr std::size_t kGatheredMax = 1000;

/// A notice that one receiver is to get, or is getting.
struct Outgoing {
  std::string receiver;
  Notice notice;
  Micros made = 0;        ///< when it came due
  std::size_t bytes = 0;  ///< of the notice, about
  /// No other one has it.
  std::string id() const { return receiver + " " + notice.id; }
};

/// Until when nothing is said of an alert, or of one key of it.
struct Silence {
  std::string alert;
  std::optional<std::string> key;  ///< null: all
  Micros until = 0;
};

/// All that is known of a pipeline's alerts: which keys are in which state, what is to be sent to
/// whom, what was. What is in it comes of what it is handed, times included, and of nothing else:
/// the same calls make the same book. A value, kept as bytes in the checkpoint. Methods that change
/// return whether there is something to keep.
class Book {
 public:
  /// `alerts` outlive it.
  Book(std::string pipeline, const std::vector<Alert>& alerts);

  /// What an earlier run has kept, once, at the beginning. Incidents of alerts that are no longer
  /// in the file end at `now`; notices to receivers that are not among `receivers` are given up.
  void read(std::string_view bytes, const std::set<std::string>& receivers, Micros now);
  std::string bytes() const;

  /// What another book knows of the alert and this one does not: keys, and what is to be sent. What
  /// has ended here stays so.
  void adopt(const Book& other, const std::string& alert);

  /// What the alert's condition has given at `now`.
  bool observe(const std::string& alert, const Observation& seen, Micros now);
  /// Time has passed: waiting times end, notices come due.
  bool advance(Micros now);
  /// As advance(), of one alert; and what is due of all is sent.
  bool advance_one(const std::string& alert, Micros now);
  /// When advance() has something to do.
  std::optional<Micros> next() const;

  /// `until` in the past ends it.
  bool silence(Silence silence, Micros now);
  /// Until when the key's silence lasts (null key: that of the whole alert); 0: it has none.
  Micros silenced_until(const std::string& alert, const std::string* key, Micros now) const;

  /// The silences of another book in the place of its own.
  void take_silences_of(const Book& other) { silences_ = other.silences_; }
  const std::vector<Silence>& silences() const { return silences_; }

  /// In the order in which they are to be sent.
  const std::deque<Outgoing>& outgoing() const { return outgoing_; }
  /// They were sent or given up.
  bool remove_outgoing(const std::set<std::string>& ids);
  /// Notices beyond kWaitingMax, by receiver, since the last call.
  std::map<std::string, std::int64_t> take_given_up() { return std::exchange(given_up_, {}); }

  const std::map<std::string, AlertState>& alerts() const { return states_; }
  /// Newest first.
  const std::deque<Incident>& ended() const { return ended_; }

  /// When rows came last: of a source, or published at all (""); 0: not known.
  Micros rows_at(const std::string& source) const;
  void note_rows(const std::string& source, Micros now) { rows_at_[source] = now; }

 private:
  /// Changes of one group of keys that are said at once.
  struct Gathering {
    std::string alert{};
    std::string group{};
    bool is_firing = true;
    int repeats = 0;
    Micros due = 0;
    std::set<std::string> to{};
    std::vector<Incident> incidents{};
    std::int64_t more = 0;  // that are counted only
    std::size_t bytes = 0;  // of the incidents, about
  };

  bool advance_state(AlertState& state, Micros now);
  void take(const Alert& alert, std::vector<Ended> ended, Micros now);
  void remember(Incident incident);
  bool say_what_fires(AlertState& state, Micros now);
  void gather(const Alert& alert, Gathering one);
  void send(const Alert& alert, const Gathering& gathering, Micros now);
  bool send_what_is_due(Micros now);
  bool add_outgoing(const Outgoing& one);
  void not_told(const Notice& notice, const std::string& receiver);
  void set_back(Micros now);
  void end_removed(const std::string& name, const OrderedJson& json, Micros now);

  std::string pipeline_;
  std::map<std::string, AlertState> states_;
  std::deque<Incident> ended_;
  std::vector<Gathering> gatherings_;
  std::deque<Outgoing> outgoing_;
  std::vector<Silence> silences_;
  std::map<std::string, Micros> rows_at_;
  std::map<std::string, std::int64_t> given_up_;
  Micros latest_ = 0;  // time that was handed in
};

}  // namespace sluice::alerts
