#pragma once

#include <string>
#include <string_view>

namespace sluice::sql {

/// Stands for the word `window` while DuckDB, for which that is a keyword, parses: as long, and
/// none.
inline constexpr std::string_view kWindowMark = "w1ndow";

/// `sql` with the word `window` replaced by kWindowMark wherever it is a name and not the keyword
/// of a WINDOW clause; places stay the same.
std::string mark_window_words(std::string_view sql);

/// SQL that was printed from a tree of such a text, with the word itself in the place of marks.
std::string without_window_marks(std::string sql);

}  // namespace sluice::sql
