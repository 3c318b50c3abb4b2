#pragma once

#include <string_view>

#include "data/arena.h"

namespace sluice::formats {

/// The text that the content of a JSON string means. Its escapes have been checked (skip_string).
std::string_view unescape_json(std::string_view content, data::Arena& arena);

/// Writes a code point as UTF-8, 1 to 4 bytes; returns the position after it.
char* write_utf8(char* out, unsigned code);

}  // namespace sluice::formats
