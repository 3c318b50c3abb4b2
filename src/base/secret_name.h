#pragma once

#include <string_view>

namespace sluice {

/// Whether the value of an option or property of this name must not be shown, by the words in it
/// (password, secret, token, credential ...), in any case. For names that are not ours, such as
/// librdkafka's properties, and for text that was not understood; an option of ours says so itself
/// (OptionType::kSecret).
bool names_a_secret(std::string_view name);

}  // namespace sluice
