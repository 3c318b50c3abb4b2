#include "sql/tree/window_words.h"

#include <algorithm>
#include <cctype>
#include <vector>

#include "sql/tree/ast.h"
#include "sql/tree/word_scan.h"

namespace sluice::sql {
namespace {

/// Whether `rest`, what follows the word, makes it the keyword: `WINDOW name AS (...`.
bool is_window_clause(std::string_view rest) {
  std::vector<std::string> words;
  std::size_t at = 0;
  while (words.size() < 2 && at < rest.size()) {
    if (std::isspace(static_cast<unsigned char>(rest[at])) != 0) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < rest.size() && is_word(rest[end])) ++end;
    if (end == at) return false;
    words.push_back(lower(rest.substr(at, end - at)));
    at = end;
  }
  const std::size_t next = rest.find_first_not_of(" \t\r\n", at);
  return words.size() == 2 && words[1] == "as" && next != std::string_view::npos &&
         rest[next] == '(';
}

}  // namespace

std::string mark_window_words(std::string_view sql) {
  std::string out(sql);
  for (std::size_t at = 0; at < sql.size();) {
    if (const std::size_t end = skip_quoted(sql, at); end > at) {
      at = end;
      continue;
    }
    if (!is_word(sql[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < sql.size() && is_word(sql[end])) ++end;
    if (lower(sql.substr(at, end - at)) == "window" && !is_window_clause(sql.substr(end))) {
      out.replace(at, kWindowMark.size(), kWindowMark);
    }
    at = end;
  }
  return out;
}

std::string without_window_marks(std::string sql) {
  for (std::size_t at = 0; at < sql.size();) {
    std::size_t end = skip_quoted(sql, at);
    if (end == at && is_word(sql[at])) {
      while (end < sql.size() && is_word(sql[end])) ++end;
      if (std::string_view(sql).substr(at, end - at) == kWindowMark) {
        sql.replace(at, kWindowMark.size(), "window");
      }
    }
    at = std::max(end, at + 1);
  }
  return sql;
}

}  // namespace sluice::sql
