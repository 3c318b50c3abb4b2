#include "sql/tree/text_place.h"

#include <algorithm>

namespace sluice::sql {

Location locate(const Location& start, std::string_view text, std::uint64_t offset) {
  Location place = start;
  if (start.line == 0) return place;
  text = text.substr(0, std::min<std::uint64_t>(offset, text.size()));
  const auto lines = std::count(text.begin(), text.end(), '\n');
  if (lines > 0) {
    place.line += static_cast<int>(lines);
    place.column = 1;
    text.remove_prefix(text.rfind('\n') + 1);
  }
  if (place.column > 0) {
    place.column += static_cast<int>(std::count_if(text.begin(), text.end(), [](char character) {
      return (static_cast<unsigned char>(character) & 0xC0U) != 0x80U;
    }));
  }
  return place;
}

}  // namespace sluice::sql
