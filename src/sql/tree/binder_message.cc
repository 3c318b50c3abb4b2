#include "sql/tree/binder_message.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "sql/functions/spark_functions.h"
#include "sql/tree/ast.h"
#include "sql/tree/window_words.h"
#include "sql/tree/word_scan.h"

namespace sluice::sql {
namespace {

constexpr std::string_view kTimes =
    " takes a TIMESTAMP or TIMESTAMPTZ as its time; to_timestamp(text, 'yyyy-MM-dd "
    "HH:mm:ss') makes one from a text, to_timestamp(seconds) from a number";

/// What the planner writes, and what the user wrote.
constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kOwnNames = {{
    {"Values list ", "Table "},
    {"sluice_window_at", "window"},
    {"sluice_window", "window"},
    {kWindowMark, "window"},
    {"sluice_to_json", "to_json"},
    {"sluice_json_text", "->>"},
    {"sluice_json_get", "->"},
    {", \"__sluice_nth\"", ""},
    {"\"__sluice_nth\", ", ""},
    {"__postfix", ""},
}};

/// What to write instead, by DuckDB's words.
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kFixes = {{
    {"WHERE clause cannot contain aggregates", "; write the condition in HAVING"},
    {"aggregate function calls cannot be nested",
     "; make the inner one a view of its own and read that"},
    {"Set operations can only apply", "; name the same columns on both sides"},
}};

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
    text.replace(at, what.size(), with);
    at += with.size();
  }
}

/// Private names (spark_functions.h) as the user wrote them.
void replace_own_names(std::string& text) {
  for (const auto& [own, theirs] : kOwnNames) replace_all(text, own, theirs);
  constexpr std::string_view kPrivate = "spark_";
  for (const SparkFunction& function : spark_functions()) {
    if (!function.name.starts_with(kPrivate)) continue;
    replace_all(text, function.name, function.name.substr(kPrivate.size()));
  }
}

/// The line of a list that has one; empty: it has more.
std::string_view only_line(std::string_view list) {
  constexpr std::string_view kBlank = " \t\n";
  list.remove_prefix(std::min(list.find_first_not_of(kBlank), list.size()));
  list.remove_suffix(list.size() - (list.find_last_not_of(kBlank) + 1));
  return list.find('\n') == std::string_view::npos ? list : std::string_view();
}

bool is_of_name(char character) { return is_word(character) || character == '.'; }

std::string word_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_of_name(text[end])) ++end;
  return lower(text.substr(at, end - at));
}

/// Offsets of the word outside texts in quotes.
std::vector<std::size_t> places_of(const std::string& word, std::string_view text) {
  std::vector<std::size_t> places;
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\'') quoted = !quoted;
    if (quoted || !is_of_name(text[at])) continue;
    const std::string found = word_at(text, at);
    if (found == word) places.push_back(at);
    at += found.size() - 1;
  }
  return places;
}

}  // namespace

std::string in_words_of_the_user(std::string message) {
  for (const std::string_view name : {"window", "session_window"}) {
    const std::string macro = name == "window" ? "sluice_window" : std::string(name);
    if (message.starts_with("Macro " + macro + "()")) {
      return std::string(name) + "()" + std::string(kTimes);
    }
  }
  for (const std::string_view list : {"\n\tCandidate functions:", "\nCandidate macros:"}) {
    const std::size_t at = message.find(list);
    if (at == std::string::npos) continue;
    const std::string_view only = only_line(std::string_view(message).substr(at + list.size()));
    const std::string there = only.empty() ? "" : " There is " + std::string(only);
    message.replace(at, std::string::npos, there);
  }
  replace_own_names(message);
  for (const auto& [words, fix] : kFixes) {
    if (message.find(words) == std::string::npos) continue;
    message.erase(message.find_last_not_of("!.") + 1);
    message += fix;
  }
  return message;
}

std::uint64_t find_as_written(std::string_view statement, std::uint64_t offset,
                              std::string_view written) {
  if (offset >= statement.size()) return 0;
  if (statement[offset] == '"') ++offset;
  std::string word = word_at(statement, offset);
  replace_own_names(word);
  const std::vector<std::size_t> places = places_of(word, written);
  if (word.empty() || places.empty()) return 0;
  // Of several the one with as many before it, as far as the planner has not repeated them.
  const std::size_t before = places_of(word, statement.substr(0, offset)).size();
  return places[std::min(before, places.size() - 1)];
}

std::uint64_t find_named(std::string_view message, std::string_view written) {
  const std::size_t open = message.find('\'');
  const std::size_t close = open == std::string_view::npos ? open : message.find('\'', open + 1);
  if (close != std::string_view::npos) {
    const std::size_t at = written.find(message.substr(open, close + 1 - open));
    if (at != std::string_view::npos) return at;
  }
  constexpr std::string_view kColumn = "column ";
  if (!message.starts_with(kColumn)) return 0;
  const std::vector<std::size_t> places = places_of(word_at(message, kColumn.size()), written);
  return places.empty() ? 0 : places.back();
}

}  // namespace sluice::sql
