#pragma once

#include <string>
#include <string_view>

namespace sluice {

/// Whether the bytes are UTF-8: no overlong forms, no surrogates, nothing beyond U+10FFFF.
bool is_utf8(std::string_view bytes);

/// The bytes as UTF-8: each longest beginning of a broken sequence becomes one U+FFFD, as Java's
/// decoder does. What is UTF-8 already stays as it is.
std::string with_valid_utf8(std::string_view bytes);

}  // namespace sluice
