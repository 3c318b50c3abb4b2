#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/clock.h"
#include "engine/batch_part.h"
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

/// The sources and views of the pipeline that have a watermark, by name. The pipeline owns it.
std::map<std::string, const WatermarkPart*> watermarks_of(const Pipeline& pipeline);

/// The latest event of each source and view that has a watermark ("one of them" below), and the
/// watermark that follows: the latest event less the delay, the least (or greatest) of several, in
/// whole milliseconds, never going back. One that has been silent for `idle_after` does not hold
/// the others back. Once all are silent, and say so (WatermarkPart::advances_when_idle), the
/// watermark goes on with the clock. A value: a batch works on a copy and hands it over with its
/// commit.
class EventClock {
 public:
  EventClock() = default;
  /// `stored` as the last commit left it. Those that are not in `read` (no sink depends on them)
  /// have no say.
  EventClock(const Pipeline& pipeline, const std::set<std::string>& read, state::EventTimes stored,
             Micros now);

  /// What the next batch is. Those that one was cut into are as it would have been: rows are late
  /// by the same watermark in all of them, results become final in the last one, and only then the
  /// watermark moves. Not with `idle_after`.
  void begin(BatchPart part) { part_ = part; }

  /// Of the current batch.
  Watermarks watermarks() const {
    return {part_ == BatchPart::kPart ? stored_.used : stored_.next, stored_.used};
  }

  /// Whether a batch without rows would see another watermark than the one before it.
  bool has_moved() const {
    return part_ != BatchPart::kPart && stored_.next && stored_.next != stored_.used;
  }
  /// Whether it was silence alone that moved it last.
  bool has_advanced() const { return advanced_from_.has_value(); }

  /// Whether its events move the watermark.
  bool counts(const std::string& name) const { return parts_.contains(name); }

  /// The current batch has rows of one of them; null: none of the rows has a time.
  void observe(const std::string& name, std::optional<Micros> latest, Micros now);

  /// Time passes: some may have become idle. `silent`: no rows come that may be of one of them.
  /// Whether rows that come reach a view is seen in the batch only, which then ends the silence
  /// (observe) or lets it go on (end_batch). `waits`: the run goes on until somebody ends it, so
  /// that silence counts.
  void tick(Micros now, bool silent, bool waits = true);

  /// No rows will come any more.
  void reach_end();

  /// The current batch is done: what it saw counts for the next one.
  void end_batch(Micros now);

  std::optional<Micros> latest(const std::string& name) const;
  const state::EventTimes& stored() const { return stored_; }

 private:
  struct Part {
    Micros delay = 0;
    Micros idle_after = 0;  ///< 0: never idle
  };

  std::optional<Micros> computed(Micros now) const;
  void follow_events(Micros now);
  void follow_clock(Micros now);

  std::map<std::string, Part> parts_;
  bool greatest_ = false;
  std::optional<WatermarkEnd> end_;  ///< Pipeline::watermark_end
  Micros silence_ = 0;  ///< after this much of it the watermark goes on with the clock; 0: never
  state::EventTimes stored_;
  std::optional<Micros> silent_since_;   ///< by the clock; null: there are rows
  std::optional<Micros> advanced_from_;  ///< the watermark before it went on with the clock
  bool rows_come_ = false;               ///< since the last tick, and nobody knows yet whose
  BatchPart part_ = BatchPart::kWhole;
};

}  // namespace sluice::engine
