#pragma once

#include <cstddef>
#include <string>

namespace sluice::sql {

/// The shortest digits that read back as `value`, laid out as Java's Double.toString does.
void append_double(std::string& out, double value);
void append_float(std::string& out, float value);

/// `value` divided by 10^scale (0 to 38), in plain digits.
void append_decimal(std::string& out, __int128 value, int scale);

/// A sign, a point and the 39 digits of the largest number.
inline constexpr std::size_t kDecimalTextMax = 41;
/// The same at `out`, which has room for kDecimalTextMax bytes; returns how many it took.
std::size_t write_decimal(char* out, __int128 value, int scale);

}  // namespace sluice::sql
