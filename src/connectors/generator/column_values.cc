#include "connectors/generator/column_values.h"

#include <algorithm>

namespace sluice::connectors {

std::optional<Int128> parse_scaled(std::string_view text, int scale) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  constexpr int kDigitsMax = 38;
  Int128 value = 0;
  int digits = 0;
  int places = -1;  // after the point; -1: no point yet
  for (const char c : text) {
    if (c == '_') continue;
    if (c == '.' && places < 0) {
      places = 0;
      continue;
    }
    if (c < '0' || c > '9' || digits == kDigitsMax || places == scale) return std::nullopt;
    value = value * 10 + (c - '0');
    if (value != 0) ++digits;
    if (places >= 0) ++places;
  }
  if (text.empty() || text == ".") return std::nullopt;
  for (int i = std::max(places, 0); i < scale; ++i) {
    value *= 10;
    if (value != 0 && ++digits > kDigitsMax) return std::nullopt;
  }
  return negative ? -value : value;
}

}  // namespace sluice::connectors
