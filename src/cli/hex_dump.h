#pragma once

#include <string>
#include <string_view>

namespace sluice::cli {

/// Sixteen bytes a line: where they are, their digits, and those of ASCII as they are.
///
///     00000000  7b 22 69 64 22 3a 20 31  2c 20 22 61 22 3a 20 22  {"id": 1, "a": "
std::string hex_dump(std::string_view bytes);

}  // namespace sluice::cli
