#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::cli {

/// What can be done with standard error: colours and a live line only where a person looks at it.
struct Terminal {
  bool live = false;    ///< a terminal that can rewrite its last line
  bool colour = false;  ///< live, and NO_COLOR is not set
  std::size_t columns = 80;
};

/// Of file descriptor `descriptor` (1 or 2), by isatty, TERM, NO_COLOR and its window size.
Terminal look_at_terminal(int descriptor);

enum class Tone : unsigned char { kPlain, kBold, kFaint, kRed, kYellow, kGreen };

/// `text` in a tone, or as it is where there are no colours.
std::string toned(std::string_view text, Tone tone, bool colour);

/// `text` without line ends and other control characters, which a record may hold: blanks instead.
std::string one_line(std::string_view text);

/// Writes all of `text` to the descriptor in one go; false when nobody reads it any more.
bool write_all(int descriptor, std::string_view text);

}  // namespace sluice::cli
