#pragma once

#include <string>
#include <string_view>

namespace sluice::connectors {

/// The length of the longest beginning of `text` that is valid UTF-8 (RFC 3629).
std::size_t valid_utf8_bytes(std::string_view text);

/// `text` with each byte that belongs to no valid sequence replaced by U+FFFD.
std::string repaired_utf8(std::string_view text);

}  // namespace sluice::connectors
