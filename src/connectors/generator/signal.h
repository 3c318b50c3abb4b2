#pragma once

#include <cstdint>
#include <limits>

#include "connectors/generator/counter_random.h"

namespace sluice::connectors {

/// What a sensor measures, by device and reading: a level with a cycle (a day's), a drift that
/// wanders within bounds, noise, and the faults of sensors. By the numbers alone: the drift is not
/// a sum but fractal noise, which any reading of can be had at once. Immutable.
struct Signal {
  std::int64_t series = 1;
  double base = 0;
  double spread = 0;  ///< of the devices' own levels, each way
  double cycle = 0;   ///< its height, each way
  std::int64_t cycle_readings = 1440;
  double drift = 0;  ///< bound, each way
  std::int64_t drift_readings = 1000;
  double noise = 0;  ///< standard deviation
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  double stuck_fraction = 0;  ///< of a device's readings: they repeat the one before them
  std::int64_t stuck_readings = 20;
  double outlier_fraction = 0;  ///< of the rows
  double outlier_by = 0;        ///< beside the value, either way, bounds or not
  CounterRandom levels{0, ""};
  CounterRandom noises{0, ""};
  CounterRandom drifts{0, ""};
  CounterRandom sticks{0, ""};
  CounterRandom outliers{0, ""};

  double at(std::int64_t row) const;

 private:
  /// In [-1, 1].
  double drift_at(std::int64_t device, std::int64_t reading) const;
  double measured(std::int64_t device, std::int64_t reading) const;
  /// The reading whose value a stuck sensor repeats; `reading` itself where it is not stuck.
  std::int64_t shown_reading(std::int64_t device, std::int64_t reading) const;
};

}  // namespace sluice::connectors
