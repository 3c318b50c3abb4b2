#pragma once

#include <string_view>

#include "data/arena.h"

namespace sluice::formats {

/// A JSON value as Spark writes it into a STRING column: without blanks, no needless escapes,
/// numbers with a point or an exponent as Java writes a double. `json` is valid.
std::string_view compact_json(std::string_view json, data::Arena& arena);

}  // namespace sluice::formats
