#include "sql/udf/macro_text.h"

#include <algorithm>
#include <cctype>
#include <functional>
#include <optional>

#include "sql/tree/ast.h"
#include "sql/tree/word_scan.h"

namespace sluice::sql {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) + 1 - begin);
}

/// A name, with or without double quotes, in lower case.
std::string name_of(std::string_view token) {
  if (token.size() > 1 && token.front() == '"') token = token.substr(1, token.size() - 2);
  return lower(token);
}

/// Calls `visit(begin, end)` for each name of `sql`, in double quotes or not, but those after a
/// point; it gives where to go on.
void visit_names(std::string_view sql,
                 const std::function<std::size_t(std::size_t, std::size_t)>& visit) {
  for (std::size_t at = 0; at < sql.size();) {
    std::size_t end = skip_quoted(sql, at);
    const bool is_quoted = end > at;
    if (!is_quoted) {
      while (end < sql.size() && is_word(sql[end])) ++end;
    }
    const bool is_name = is_quoted
                             ? sql[at] == '"'
                             : end > at && std::isdigit(static_cast<unsigned char>(sql[at])) == 0;
    const bool is_field = at > 0 && sql[at - 1] == '.';
    at = is_name && !is_field ? visit(at, end) : std::max(end, at + 1);
  }
}

/// The arguments of the call whose bracket is at `open`, and where it ends; null: it does not.
struct Call {
  std::vector<std::string_view> arguments;
  std::size_t end = 0;
};

std::optional<Call> call_at(std::string_view sql, std::size_t open) {
  Call call;
  int depth = 0;
  std::size_t begin = open + 1;
  for (std::size_t at = open; at < sql.size();) {
    if (const std::size_t end = skip_quoted(sql, at); end > at) {
      at = end;
      continue;
    }
    const char c = sql[at];
    if (c == '(' || c == '[' || c == '{') ++depth;
    if (c == ')' || c == ']' || c == '}') --depth;
    if (depth == 0 || (depth == 1 && c == ',')) {
      const std::string_view argument = trimmed(sql.substr(begin, at - begin));
      if (depth == 1 || !argument.empty()) call.arguments.push_back(argument);
      begin = at + 1;
    }
    if (depth == 0) {
      call.end = at + 1;
      return call;
    }
    ++at;
  }
  return std::nullopt;
}

/// Without `name :=` in front.
std::string_view value_of(std::string_view argument) {
  std::size_t end = 0;
  while (end < argument.size() && is_word(argument[end])) ++end;
  const std::string_view rest = trimmed(argument.substr(end));
  return end > 0 && rest.starts_with(":=") ? trimmed(rest.substr(2)) : argument;
}

/// In brackets unless it is one name or number, one call, or in brackets.
std::string as_operand(const std::string& text) {
  std::size_t end = 0;
  while (end < text.size() && (is_word(text[end]) || text[end] == '.')) ++end;
  if (end < text.size() && text[end] == '(') {
    const auto call = call_at(text, end);
    end = call ? call->end : end;
  }
  return end == text.size() ? text : "(" + text + ")";
}

std::string cast(const std::string& text, const std::string& type) {
  return "CAST(" + text + " AS " + type + ")";
}

std::string call_text(const MacroText& macro, const MacroTexts& macros,
                      const std::vector<std::string>& values) {
  const std::string body = with_macro_texts(macro.body, macros);
  std::string out;
  std::size_t copied = 0;
  visit_names(body, [&](std::size_t begin, std::size_t end) {
    const std::string name = name_of(std::string_view(body).substr(begin, end - begin));
    const std::string_view rest = trimmed(std::string_view(body).substr(end));
    if (rest.starts_with('(') || rest.starts_with(":=")) return end;
    const auto argument = std::ranges::find(macro.arguments, name, &MacroText::Argument::name);
    if (argument == macro.arguments.end()) return end;
    const std::string& value = values[static_cast<std::size_t>(argument - macro.arguments.begin())];
    out.append(body, copied, begin - copied);
    out += argument->type.empty() ? as_operand(value) : cast(value, argument->type);
    copied = end;
    return end;
  });
  out.append(body, copied);
  return macro.returns.empty() ? as_operand(out) : cast(out, macro.returns);
}

}  // namespace

// NOLINTNEXTLINE(misc-no-recursion): as deep as calls are within each other.
std::string with_macro_texts(std::string_view sql, const MacroTexts& macros) {
  std::string out;
  std::size_t copied = 0;
  visit_names(sql, [&](std::size_t begin, std::size_t end) {
    const auto macro = macros.find(name_of(sql.substr(begin, end - begin)));
    const std::size_t open = std::min(sql.find_first_not_of(" \t\r\n", end), sql.size());
    if (macro == macros.end() || open == sql.size() || sql[open] != '(') return end;
    const auto call = call_at(sql, open);
    if (!call || call->arguments.size() != macro->second.arguments.size()) return end;
    std::vector<std::string> values;
    for (const std::string_view argument : call->arguments) {
      values.push_back(with_macro_texts(value_of(argument), macros));
    }
    out.append(sql, copied, begin - copied);
    out += call_text(macro->second, macros, values);
    copied = call->end;
    return call->end;
  });
  out.append(sql, copied);
  return out;
}

}  // namespace sluice::sql
