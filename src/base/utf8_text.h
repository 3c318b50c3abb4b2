#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice {

/// How many bytes at the beginning are UTF-8 (see is_utf8): whole sequences only.
std::size_t valid_utf8_bytes(std::string_view bytes);

/// Whether the bytes are UTF-8: no overlong forms, no surrogates, nothing beyond U+10FFFF.
bool is_utf8(std::string_view bytes);

/// The bytes as UTF-8: each longest beginning of a broken sequence becomes one U+FFFD, as Java's
/// decoder does. What is UTF-8 already stays as it is.
std::string with_valid_utf8(std::string_view bytes);

}  // namespace sluice
