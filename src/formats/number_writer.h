#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "data/vector_reader.h"
#include "formats/number_text.h"

namespace sluice::formats {

// Numbers as text, appended to `out`. Nothing is allocated but the room in `out`.

void append_integer(std::string& out, std::int64_t value);
void append_integer(std::string& out, std::uint64_t value);

/// The shortest digits that read back as `value`, laid out as Java's Double.toString does.
void append_double(std::string& out, double value);
void append_float(std::string& out, float value);

/// A DECIMAL's digits. REQUIRES: the row is not NULL, `width` is the type's.
Int128 decimal_at(const data::VectorReader& vector, int width, std::uint64_t row);

/// `value` divided by 10^scale (0 to 38), in plain digits.
void append_decimal(std::string& out, Int128 value, int scale);

/// A sign, a point and the 39 digits of the largest number.
inline constexpr std::size_t kDecimalTextMax = 41;
/// The same at `out`, which has room for kDecimalTextMax bytes; returns how many it took.
std::size_t write_decimal(char* out, Int128 value, int scale);

}  // namespace sluice::formats
