#pragma once

#include <string>
#include <string_view>

namespace sluice {

/// The text as one word of a command for sh: as it is, or in single quotes where it has to be.
std::string shell_word(std::string_view text);

}  // namespace sluice
