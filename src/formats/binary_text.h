#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "data/arena.h"
#include "formats/number_text.h"

namespace sluice::formats {

/// Decodes RFC 4648 base64 with padding into `arena`; nothing when it is malformed.
std::optional<std::string_view> parse_base64(std::string_view text, data::Arena& arena);

/// The bytes as RFC 4648 base64 with padding.
void append_base64(std::string& out, std::string_view bytes);

/// Reads a UUID in its 36-character form, hexadecimal digits in any case, as DuckDB keeps it: a
/// 128-bit number whose highest bit is flipped, so that signed order is the order of the texts.
std::optional<Int128> parse_uuid(std::string_view text);

/// Its 36 characters, in lower case.
void append_uuid(std::string& out, Int128 value);

}  // namespace sluice::formats
