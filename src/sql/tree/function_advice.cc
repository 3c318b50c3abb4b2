#include "sql/tree/function_advice.h"

#include <algorithm>
#include <array>
#include <utility>

#include "sql/tree/ast.h"

namespace sluice::sql {
namespace {

constexpr std::string_view kWindow =
    "write window(ts, '10 seconds') among the keys: SELECT window(ts, '10 seconds') AS w, k, "
    "count(*) AS n FROM events GROUP BY window(ts, '10 seconds'), k; its ends are w.start and "
    "w.end";
constexpr std::string_view kHop =
    "write window(ts, '10 minutes', '5 minutes'), length and step, among the keys: GROUP BY "
    "window(ts, '10 minutes', '5 minutes'), k";
constexpr std::string_view kSession =
    "write session_window(ts, '5 minutes'), with the gap that ends a session, among the keys: "
    "GROUP BY session_window(ts, '5 minutes'), k";

constexpr std::string_view kBackticks = "names go in double quotes, not in backticks: \"order id\"";

constexpr std::array<std::pair<std::string_view, std::string_view>, 15> kAdvice = {{
    {"tumble", kWindow},
    {"tumbling", kWindow},
    {"tumbling_window", kWindow},
    {"hop", kHop},
    {"hopping", kHop},
    {"slide", kHop},
    {"sliding_window", kHop},
    {"session", kSession},
    {"cumulate", kWindow},
    {"to_char",
     "write date_format(ts, 'yyyy-MM-dd HH:mm:ss') of a time, or format('{:,.2f}', x) of "
     "a number"},
    {"regexp_match",
     "write regexp_matches(text, 'a+') for true or false, or regexp_extract(text, "
     "'(a+)', 1) for what the brackets match"},
    {"proctime", "write now()"},
    {"str_to_date", "write to_date(text, 'dd/MM/yyyy')"},
    {"isnull", "write x IS NULL"},
    {"`", kBackticks},
}};

bool is_letter(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isalnum(byte) != 0 || c == '_' || byte >= 128;
}

/// Whether the words are in the text one after the other, with blanks or a bracket between.
bool holds(std::string_view text, std::initializer_list<std::string_view> words) {
  for (std::size_t at = text.find(*words.begin()); at != std::string_view::npos;
       at = text.find(*words.begin(), at + 1)) {
    if (at > 0 && is_letter(text[at - 1])) continue;
    std::size_t end = at;
    bool all = true;
    for (const std::string_view word : words) {
      while (end < text.size() &&
             (text[end] == ' ' || text[end] == '\n' || text[end] == '\t' || text[end] == '(')) {
        ++end;
      }
      all = all && text.substr(end).starts_with(word);
      end += word.size();
    }
    if (all && (end >= text.size() || !is_letter(text[end]))) return true;
  }
  return false;
}

/// The word in the message's quotes: `syntax error at or near "x"`.
std::string word_of(std::string_view message) {
  constexpr std::string_view kNear = "at or near \"";
  const std::size_t at = message.find(kNear);
  if (at == std::string_view::npos) return "";
  const std::string_view rest = message.substr(at + kNear.size());
  return std::string(rest.substr(0, rest.find('"')));
}

bool is_reserved(const std::string& word) {
  // Words that people give to columns and that DuckDB's grammar keeps for itself.
  constexpr std::array<std::string_view, 20> kReserved = {
      "all", "any", "array", "asc",   "both",  "case",   "check", "column", "default", "desc",
      "do",  "end", "for",   "group", "limit", "offset", "order", "table",  "to",      "user"};
  return std::ranges::find(kReserved, word) != kReserved.end();
}

}  // namespace

std::string_view function_advice(std::string_view name) {
  const auto found =
      std::ranges::find(kAdvice, name, &std::pair<std::string_view, std::string_view>::first);
  return found == kAdvice.end() ? std::string_view() : found->second;
}

std::string syntax_advice(std::string_view sql, std::string_view message) {
  const std::string text = lower(sql);
  const std::string word = lower(word_of(message));
  if (word.starts_with('`') || message.find('`') != std::string_view::npos) {
    return std::string(kBackticks);
  }
  for (const std::string_view name : {"tumble", "hop", "session", "cumulate"}) {
    if (holds(text, {"table", name})) return std::string(function_advice(name));
  }
  if (holds(text, {"for", "system_time", "as", "of"})) {
    return "a table that is read in full has its version as an option, tables: {t: {delta: {path: "
           "..., timestamp: \"2024-05-01 12:00:00\"}}}; for the row that was valid at the time of "
           "another, bound a join in time: JOIN rates AS r ON o.k = r.k AND o.ts BETWEEN r.from_ts "
           "AND r.to_ts";
  }
  if (holds(text, {"emit", "changes"}) || holds(text, {"emit", "final"})) {
    return "when rows come out is the sink's mode: append (final rows), update or complete";
  }
  if (is_reserved(word)) {
    return "as a name, " + word + " goes in double quotes: \"" + word + "\"";
  }
  return "";
}

}  // namespace sluice::sql
