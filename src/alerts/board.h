#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "alerts/alert.h"
#include "alerts/book.h"
#include "base/clock.h"
#include "base/json.h"
#include "sluice/base/result.h"

namespace sluice::alerts {

/// Incidents of the board, those that go on among them.
inline constexpr std::size_t kShownMax = 100;

/// What the world may know of a pipeline's alerts, and what it may ask: between the thread that
/// runs them and those that show them, neither of which waits for the other. Any thread may call.
class Board {
 public:
  explicit Board(std::vector<Alert> alerts);

  /// Grows with each change of what json() gives.
  std::int64_t version() const { return version_.load(); }
  /// {"alerts": [...], "incidents": [...]} as in docs/reference/live.md.
  std::string json() const;

  /// Nothing is said of the alert, or of one key of it, until then; a moment in the past ends it.
  /// Takes effect at once for those who look here, and at the next border between two batches for
  /// what is sent. kUser: there is no such alert.
  Status silence(const std::string& alert, const std::optional<std::string>& key, Micros until,
                 Micros now);

  struct Sent {
    std::int64_t sent = 0;
    std::int64_t given_up = 0;
    std::int64_t waiting = 0;
  };
  struct Firing {
    std::string alert;
    Severity severity = Severity::kWarn;
    std::int64_t keys = 0;  ///< that fire, silenced or not
  };
  std::vector<Firing> firing() const;
  std::map<std::string, Sent> sent() const;  ///< by receiver
  /// Until its own run has published something, it shows what an earlier run's has. Counts and
  /// begin() go on, and silences that the other was asked for and has not taken are this one's.
  void go_on_from(Board& earlier);
  /// The next run is none that goes on by itself.
  void begin_anew();

  // Of the watcher.
  /// A run begins: when the first one did that this one goes on from.
  Micros begin(Micros now);
  std::vector<Silence> silences() const;
  std::vector<Silence> take_silences();
  void publish(const Book& book, const std::map<std::string, std::string>& errors, Micros now);
  /// That the run has failed at its start; all else stays as it is shown.
  void add_failures(const Book& book, Micros now);
  /// A notice was sent, or given up.
  void count(const std::string& receiver, bool is_sent);

  const std::vector<Alert>& alerts() const { return alerts_; }

 private:
  OrderedJson alert_json(const Alert& alert, Micros now) const;

  const std::vector<Alert> alerts_;
  std::atomic<std::int64_t> version_ = 1;
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  Book book_;  // a copy
  std::map<std::string, std::string> errors_;
  Micros now_ = 0;  // of the copy
  std::vector<Silence> asked_;
  std::map<std::string, Sent> sent_;
  Micros begun_ = 0;  // 0: not yet
};

}  // namespace sluice::alerts
