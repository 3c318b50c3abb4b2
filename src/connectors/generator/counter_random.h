#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <string_view>

#include <xxhash.h>

namespace sluice::connectors {

/// Random numbers of a column by row number alone: any row can be made at any time, again and in
/// any order, and a new column changes no other. SplitMix64's mixing (Steele, Lea, Flood 2014) over
/// a counter.
class CounterRandom {
 public:
  CounterRandom(std::uint64_t seed, std::string_view column)
      : key_(mix(seed ^ XXH3_64bits(column.data(), column.size()))) {}

  /// The `index`-th number of `row`; index 0 to 7.
  std::uint64_t bits(std::int64_t row, unsigned index = 0) const {
    return mix(key_ + (static_cast<std::uint64_t>(row) * 8 + index + 1) * 0x9E3779B97F4A7C15U);
  }
  /// In [0, 1).
  double unit(std::int64_t row, unsigned index = 0) const {
    return static_cast<double>(bits(row, index) >> 11U) * 0x1.0p-53;
  }
  /// Mean 0, standard deviation 1 (Box and Muller).
  double normal(std::int64_t row) const {
    const double radius = std::sqrt(-2 * std::log(1 - unit(row, 0)));
    return radius * std::cos(2 * std::numbers::pi * unit(row, 1));
  }

 private:
  static std::uint64_t mix(std::uint64_t value) {
    value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9U;
    value = (value ^ (value >> 27U)) * 0x94D049BB133111EBU;
    return value ^ (value >> 31U);
  }

  std::uint64_t key_;
};

}  // namespace sluice::connectors
