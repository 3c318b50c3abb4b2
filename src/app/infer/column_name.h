#pragma once

#include <string_view>

namespace sluice::app {

// What a column's name says of it, by the words in it: unit_price, unitPrice, UnitPrice. It never
// decides alone: of what values may mean, it says which.

/// An amount: never a DOUBLE.
bool names_money(std::string_view name);
/// A telephone number, a postcode: digits that nobody adds up.
bool names_digits(std::string_view name);
/// A version, such as 1.10.
bool names_version(std::string_view name);
/// A moment.
bool names_time(std::string_view name);

}  // namespace sluice::app
