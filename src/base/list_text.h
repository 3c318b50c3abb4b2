#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// "orders, totals".
std::string joined(const std::vector<std::string>& words, std::string_view between = ", ");

}  // namespace sluice
