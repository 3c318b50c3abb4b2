#pragma once

#include <string>
#include <string_view>

#include "data/arena.h"

namespace sluice::formats {

/// Rewrites what Spark's JSON parser takes beyond RFC 8259 as plain JSON: 'single quotes', NaN and
/// Infinity (as texts), lone surrogates (as ?), bytes that are not UTF-8 (as U+FFFD); whatever
/// stands behind the object is dropped. False: Spark reads no object there either. `strict` is
/// overwritten.
bool to_plain_json(std::string_view lenient, std::string& strict);

/// A JSON value as Spark writes it into a STRING column: without blanks, no needless escapes,
/// numbers with a point or an exponent as Java writes a double. `json` is valid.
std::string_view compact_json(std::string_view json, data::Arena& arena);

}  // namespace sluice::formats
