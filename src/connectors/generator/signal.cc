#include "connectors/generator/signal.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "connectors/generator/row_plan.h"

namespace sluice::connectors {
namespace {

/// Waves of the drift: each half as high and half as long as the one before.
constexpr unsigned kOctaves = 4;

}  // namespace

double Signal::drift_at(std::int64_t device, std::int64_t reading) const {
  double sum = 0;
  double whole = 0;
  double height = 1;
  std::int64_t length = drift_readings;
  for (unsigned octave = 0; octave < kOctaves; ++octave) {
    const std::int64_t knot = reading / length;
    const double place = static_cast<double>(reading % length) / static_cast<double>(length);
    const auto value_at = [&](std::int64_t k) {
      return 2 * drifts.unit(k * series + device, octave) - 1;
    };
    const double smooth = place * place * (3 - 2 * place);
    sum += height * (value_at(knot) * (1 - smooth) + value_at(knot + 1) * smooth);
    whole += height;
    height /= 2;
    length = std::max<std::int64_t>(1, length / 2);
  }
  return sum / whole;
}

double Signal::measured(std::int64_t device, std::int64_t reading) const {
  double value = base;
  if (spread > 0) value += spread * (2 * levels.unit(device) - 1);
  if (cycle > 0) {
    const double place =
        static_cast<double>(reading % cycle_readings) / static_cast<double>(cycle_readings) +
        0.1 * levels.unit(device, 1);
    value += cycle * std::sin(2 * std::numbers::pi * place);
  }
  if (drift > 0) value += drift * drift_at(device, reading);
  if (noise > 0) value += noise * noises.normal(reading * series + device);
  return std::clamp(value, min, max);
}

std::int64_t Signal::shown_reading(std::int64_t device, std::int64_t reading) const {
  if (stuck_fraction == 0) return reading;
  const SeriesPart part = part_of_series(sticks, device, reading, stuck_readings);
  return sticks.unit(part.number * series + device) < stuck_fraction ? part.first : reading;
}

double Signal::at(std::int64_t row) const {
  const std::int64_t device = row % series;
  const double value = measured(device, shown_reading(device, row / series));
  if (outlier_fraction == 0 || outliers.unit(row) >= outlier_fraction) return value;
  return outliers.bits(row, 1) % 2 == 0 ? value + outlier_by : value - outlier_by;
}

}  // namespace sluice::connectors
