#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice {

/// `text` as a message may show it: control characters as \n, \t or \x1F, bytes that are not UTF-8
/// as \xFF, and cut after `bytes_max` bytes between two letters, with "..." for the rest.
std::string shown_text(std::string_view text, std::size_t bytes_max = 60);

}  // namespace sluice
