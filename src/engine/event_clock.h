#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/clock.h"
#include "engine/pipeline.h"
#include "state/checkpoint.h"

namespace sluice::engine {

/// The two watermarks of a batch, by Spark's rules: what the events of all batches before allow,
/// and the one that the batch before had. The first makes results final and gives up state, the
/// second says which rows are too late, so that a row is never too late for a result that its own
/// batch makes final. Null: no event yet.
struct Watermarks {
  std::optional<Micros> now;
  std::optional<Micros> before;
};

/// The latest event of each source and the watermark that follows: the latest event less the delay,
/// the least (or greatest) of several sources, in whole milliseconds, never going back. A source
/// that has been silent for `idle_after` does not hold the others back. Once all are silent, and
/// say so (WatermarkPart::advances_when_idle), the watermark goes on with the clock. A value: a
/// batch works on a copy and hands it over with its commit.
class EventClock {
 public:
  EventClock() = default;
  /// `stored` as the last commit left it. Sources that are not in `read` (no sink depends on them)
  /// have no say.
  EventClock(const Pipeline& pipeline, const std::set<std::string>& read, state::EventTimes stored,
             Micros now);

  /// Of the current batch.
  Watermarks watermarks() const { return {stored_.next, stored_.used}; }

  /// Whether a batch without rows would see another watermark than the one before it.
  bool has_moved() const { return stored_.next && stored_.next != stored_.used; }
  /// Whether it was silence alone that moved it last.
  bool has_advanced() const { return advanced_from_.has_value(); }

  /// Whether the source's events move the watermark.
  bool counts(const std::string& source) const { return sources_.contains(source); }

  /// The current batch has rows of `source`; null: none of them has a time.
  void observe(const std::string& source, std::optional<Micros> latest, Micros now);

  /// Time passes: sources may have become idle. `silent`: none that counts has new rows.
  void tick(Micros now, bool silent);

  /// The current batch is done: what it saw counts for the next one.
  void end_batch(Micros now);

  std::optional<Micros> latest(const std::string& source) const;
  const state::EventTimes& stored() const { return stored_; }

 private:
  struct Source {
    Micros delay = 0;
    Micros idle_after = 0;  ///< 0: never idle
  };

  std::optional<Micros> computed(Micros now) const;
  void follow_events(Micros now);
  void follow_clock(Micros now, bool silent);

  std::map<std::string, Source> sources_;
  bool greatest_ = false;
  Micros silence_ = 0;  ///< after this much of it the watermark goes on with the clock; 0: never
  state::EventTimes stored_;
  std::optional<Micros> silent_since_;   ///< by the clock; null: there are rows
  std::optional<Micros> advanced_from_;  ///< the watermark before it went on with the clock
};

}  // namespace sluice::engine
