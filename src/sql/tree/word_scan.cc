#include "sql/tree/word_scan.h"

#include <cctype>

namespace sluice::sql {

bool is_word(char character) {
  const auto byte = static_cast<unsigned char>(character);
  return std::isalnum(byte) != 0 || character == '_' || byte >= 128;
}

std::size_t skip_quoted(std::string_view sql, std::size_t at) {
  const auto after = [&](std::string_view close, std::size_t from) {
    const std::size_t found = sql.find(close, from);
    return found == std::string_view::npos ? sql.size() : found + close.size();
  };
  const char first = sql[at];
  if (first == '\'' || first == '"') return after(std::string_view(&sql[at], 1), at + 1);
  if (sql.substr(at).starts_with("--")) return after("\n", at);
  if (sql.substr(at).starts_with("/*")) return after("*/", at + 2);
  if (first == '$') {
    std::size_t end = at + 1;
    while (end < sql.size() && is_word(sql[end])) ++end;
    if (end < sql.size() && sql[end] == '$') {
      return after(sql.substr(at, end + 1 - at), end + 1);
    }
  }
  return at;
}

}  // namespace sluice::sql
