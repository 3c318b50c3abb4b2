#pragma once

#include <string>
#include <string_view>

namespace sluice {

/// A text for XML and HTML, between tags or in an attribute's double quotes: `&`, `<`, `>` and `"`
/// as entities; what is not UTF-8, and control characters that XML does not have, as U+FFFD.
std::string xml_text(std::string_view text);

}  // namespace sluice
