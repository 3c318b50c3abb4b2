#pragma once

#include <string>
#include <string_view>

namespace sluice {

/// Appends a field of a CSV record, in quotes where commas, quotes or line ends need them.
void append_csv_field(std::string& out, std::string_view field);

}  // namespace sluice
