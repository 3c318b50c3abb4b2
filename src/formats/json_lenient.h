#pragma once

#include <string>
#include <string_view>

namespace sluice::formats {

/// Rewrites what Spark's JSON parser takes beyond RFC 8259 as plain JSON: 'single quotes', NaN and
/// Infinity (as texts), lone surrogates (as ?), bytes that are not UTF-8 (as U+FFFD); whatever
/// stands behind the object is dropped. False: Spark reads no object there either. `strict` is
/// overwritten.
bool to_plain_json(std::string_view lenient, std::string& strict);

}  // namespace sluice::formats
