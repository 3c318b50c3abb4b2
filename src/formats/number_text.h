#pragma once

#include <cstdint>
#include <string_view>

#include "formats/reason.h"

namespace sluice::formats {

/// gcc's; what HUGEINT and wide DECIMALs are made of.
__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 Uint128;

/// 10^0 to 10^18.
extern const std::uint64_t kPowersOfTen[19];
/// 10^exponent, exponent 0 to 38.
Uint128 power_of_ten(int exponent);

/// Whether `text` is a JSON number: -?(0|[1-9][0-9]*)(.[0-9]+)?([eE][+-]?[0-9]+)?
bool is_json_number(std::string_view text);

/// Reads [+-]?[0-9]+. kBadNumberText: no such text; kOutOfRange: does not fit 128 bits.
Reason parse_integer(std::string_view text, Int128& value);

/// Reads a decimal number with optional sign, point and exponent, exactly, as value * 10^scale with
/// |value| < 10^width; more fractional digits than `scale` are rounded half away from zero, as
/// SQL's CAST does. kBadNumberText: no such number; kOutOfRange: too many digits before the point.
Reason parse_decimal(std::string_view text, int width, int scale, Int128& value);

/// What a number beyond the type's largest becomes.
enum class Overflow : unsigned char { kReject, kInfinity };

/// Reads a decimal number; the nearest value of the type. Too small a number is 0.
Reason parse_float(std::string_view text, Overflow overflow, double& value);
Reason parse_float(std::string_view text, Overflow overflow, float& value);

}  // namespace sluice::formats
