#pragma once

#include <string>
#include <string_view>

namespace sluice::formats {

/// What a record is: an object, or a list as well.
enum class JsonRoot : unsigned char { kObject, kValue };

/// Rewrites what Spark's JSON parser takes beyond RFC 8259 as plain JSON: 'single quotes', NaN and
/// Infinity (as texts), lone surrogates (as ?), bytes that are not UTF-8 (as U+FFFD); whatever
/// comes after it is dropped. False: Spark reads no such value there either. `strict` is
/// overwritten. Without `words` NaN and Infinity are refused.
bool to_plain_json(std::string_view lenient, JsonRoot root, std::string& strict, bool words = true);

}  // namespace sluice::formats
