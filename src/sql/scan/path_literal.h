#pragma once

#include <string>
#include <string_view>

#include "data/type.h"

namespace sluice::sql {

/// A path as a literal for DuckDB's functions that read files: they would take `*`, `?` and `[` for
/// a pattern.
inline std::string path_literal(std::string_view path) {
  std::string pattern;
  for (const char c : path) {
    const bool matches_more = c == '*' || c == '?' || c == '[';
    if (matches_more) pattern += '[';
    pattern += c;
    if (matches_more) pattern += ']';
  }
  return data::quote_literal(pattern);
}

}  // namespace sluice::sql
