#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "connectors/generator/counter_random.h"

namespace sluice::connectors {

/// Which rows a generator's numbers stand for. Rows are readings of `series` devices in turn:
/// number n is reading n / series of device n % series. A device may be silent for some readings,
/// whose numbers have no row, and a row may come a second time, some numbers later. By the numbers
/// alone, so that a range of them has the same rows whenever it is asked for. Immutable.
struct RowPlan {
  std::int64_t series = 1;
  double gap_fraction = 0;        ///< of a device's readings
  std::int64_t gap_readings = 1;  ///< that are missing in a row, at least
  double duplicate_fraction = 0;  ///< of the rows
  std::int64_t duplicate_after = 1;
  CounterRandom gaps{0, ""};
  CounterRandom duplicates{0, ""};

  /// Whether each number is one row.
  bool is_plain() const { return gap_fraction == 0 && duplicate_fraction == 0; }
  bool is_silent(std::int64_t number) const;
  bool comes_again(std::int64_t number) const;

  /// The numbers of the rows of [first, first + count), in the order in which they come.
  std::vector<std::int64_t> rows(std::int64_t first, std::int64_t count) const;
};

/// A run of readings of one device.
struct SeriesPart {
  std::int64_t number = 0;
  std::int64_t first = 0;  ///< reading
};

/// The part that a reading lies in, where parts have `length` readings and begin elsewhere for each
/// device.
inline SeriesPart part_of_series(const CounterRandom& random, std::int64_t device,
                                 std::int64_t reading, std::int64_t length) {
  const auto shift =
      static_cast<std::int64_t>(random.bits(device, 7) % static_cast<std::uint64_t>(length));
  const std::int64_t number = (reading + shift) / length;
  return {number, std::max<std::int64_t>(0, number * length - shift)};
}

}  // namespace sluice::connectors
