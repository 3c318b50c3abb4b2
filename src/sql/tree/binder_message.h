#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::sql {

/// A message of DuckDB's binder without the names that the planner puts into a view's SQL, and
/// without lists of all overloads of a function.
std::string in_words_of_the_user(std::string message);

/// The byte offset in `written`, the user's SQL, of the word that is at `offset` of
/// `statement`, which the planner made of it; 0 where there is no such word.
std::uint64_t find_as_written(std::string_view statement, std::uint64_t offset,
                              std::string_view written);

/// As above, of what a message without a place names: a text in quotes, or a column.
std::uint64_t find_named(std::string_view message, std::string_view written);

}  // namespace sluice::sql
