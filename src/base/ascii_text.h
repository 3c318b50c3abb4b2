#pragma once

#include <string>
#include <string_view>

namespace sluice {

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// In lower case; what is not ASCII stays as it is.
std::string lower_case(std::string_view text);

/// Without the blanks at both ends.
std::string_view trimmed(std::string_view text, std::string_view blanks = " \t\r\n");

/// Whether it holds blanks only.
bool is_blank(std::string_view text, std::string_view blanks = " \t\r\n");

}  // namespace sluice
