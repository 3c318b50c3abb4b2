#pragma once

#include <string>
#include <string_view>

namespace sluice {

/// XXH3 of 128 bits as 32 hex digits: other content, other text. Not for secrets that somebody may
/// guess.
std::string content_hash(std::string_view content);

}  // namespace sluice
