#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"

namespace sluice {

/// A time zone as a table of its changes. Immutable, any thread. Times of day that a change leaves
/// out or repeats are read as Java (hence Spark) does: the skipped ones with the offset before the
/// change, the repeated ones as the first of both.
class TimeZone {
 public:
  /// From the second `at` (since 1970, UTC) on the clock is `offset` seconds ahead of UTC.
  struct Change {
    std::int64_t at = 0;
    std::int32_t offset = 0;
  };

  /// UTC.
  TimeZone() = default;
  /// `changes` in order of time; `first_offset` holds before them. Years beyond 2079 follow the
  /// rules of 2040 to 2079, which the table must have when it has changes after 2039.
  TimeZone(std::string name, std::int32_t first_offset, std::vector<Change> changes);

  const std::string& name() const { return name_; }
  bool is_utc() const { return changes_.empty() && first_offset_ == 0; }

  /// Seconds that the clock is ahead of UTC.
  std::int32_t offset_at(Micros instant) const;
  /// What the clock shows, as if it were UTC.
  Micros to_local(Micros instant) const;
  /// When the clock shows that.
  Micros to_instant(Micros local) const;

 private:
  std::string name_ = "UTC";
  std::int32_t first_offset_ = 0;
  std::vector<Change> changes_;
};

}  // namespace sluice
