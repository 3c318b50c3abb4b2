#pragma once

#include <string>
#include <string_view>

#include "data/arena.h"

namespace sluice::formats {

/// A JSON value as Spark writes it into a STRING column: without blanks, no needless escapes,
/// numbers with a point or an exponent as Java writes a double ("Infinity" beyond its largest),
/// characters beyond U+FFFF as two escapes. `json` is valid.
std::string_view compact_json(std::string_view json, data::Arena& arena);

/// `text`, which is UTF-8, as a JSON string with its quotes: only what must be escaped is.
void append_json_string(std::string& out, std::string_view text);

}  // namespace sluice::formats
