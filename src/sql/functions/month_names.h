#pragma once

#include <array>
#include <string_view>

namespace sluice::sql {

/// In English; the first three letters are the short names.
inline constexpr std::array<std::string_view, 12> kMonthNames = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};

}  // namespace sluice::sql
