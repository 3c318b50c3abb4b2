#pragma once

#include <string>

namespace sluice::sql {

/// The shortest digits that read back as `value`, laid out as Java's Double.toString does.
void append_double(std::string& out, double value);
void append_float(std::string& out, float value);

/// `value` divided by 10^scale, in plain digits.
void append_decimal(std::string& out, __int128 value, int scale);

}  // namespace sluice::sql
