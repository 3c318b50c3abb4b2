#pragma once

#include <cstddef>
#include <string_view>

namespace sluice::sql {

// What SQL is scanned by where a tree of it is not enough: its own text is to stay as it is.

/// Whether it may be in a name that is not in quotes.
bool is_word(char character);

/// The end of the text in quotes, comment or dollar quotes that begins at `at`, or `at`.
std::size_t skip_quoted(std::string_view sql, std::size_t at);

}  // namespace sluice::sql
