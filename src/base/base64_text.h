#pragma once

#include <string>
#include <string_view>

namespace sluice {

/// `bytes` in base64 (RFC 4648, section 4), with the = at its end.
std::string base64_text(std::string_view bytes);

}  // namespace sluice
