#include "connectors/files/record_splitter.h"

#include <algorithm>
#include <cstring>

namespace sluice::connectors {
namespace {

RecordEnd next_line(std::string_view text, bool is_end) {
  const auto* end = static_cast<const char*>(std::memchr(text.data(), '\n', text.size()));
  RecordEnd record;
  if (end == nullptr && !is_end) return record;
  record.found = true;
  record.bytes = end == nullptr ? text.size() : static_cast<std::size_t>(end - text.data());
  record.next = end == nullptr ? text.size() : record.bytes + 1;
  if (record.bytes > 0 && text[record.bytes - 1] == '\r') --record.bytes;
  return record;
}

bool is_space(char c, const RecordSyntax& syntax) {
  return (c == ' ' || c == '\t') && c != syntax.delimiter;
}

/// Walks a quoted field that starts at `at` (a quote); the place after its closing quote, or npos
/// when it does not close.
std::size_t skip_quoted(std::string_view text, std::size_t at, const RecordSyntax& syntax) {
  const bool doubled = syntax.escape == syntax.quote;
  const char letters[] = {syntax.quote, syntax.escape};
  const std::string_view wanted(letters, doubled ? 1 : 2);
  for (++at; at < text.size(); ++at) {
    at = wanted.size() == 1 ? text.find(syntax.quote, at) : text.find_first_of(wanted, at);
    if (at == std::string_view::npos) return at;
    const char next = at + 1 < text.size() ? text[at + 1] : '\0';
    const bool escapes =
        text[at] == syntax.escape && (next == syntax.quote || next == syntax.escape);
    if (escapes) {
      ++at;
    } else if (text[at] == syntax.quote) {
      return at + 1;
    }
  }
  return std::string_view::npos;
}

/// The end of the record in `text` with quotes minded; not found when it lies after the text, or
/// when a quote is open at the end.
RecordEnd next_quoted(std::string_view text, bool is_end, const RecordSyntax& syntax) {
  RecordEnd record;
  std::size_t at = 0;
  while (true) {
    while (syntax.trim && at < text.size() && is_space(text[at], syntax)) ++at;
    if (at < text.size() && text[at] == syntax.quote) {
      const std::size_t end = skip_quoted(text, at, syntax);
      // A quote that ends the text may be the first of two.
      if (end == std::string_view::npos || (end == text.size() && !is_end)) return record;
      record.lines +=
          static_cast<std::uint32_t>(std::ranges::count(text.substr(at, end - at), '\n'));
      at = end;
    }
    while (at < text.size() && text[at] != syntax.delimiter && text[at] != '\n') ++at;
    if (at == text.size() && !is_end) return record;
    if (at == text.size() || text[at] == '\n') break;
    ++at;
  }
  record.found = true;
  record.bytes = at > 0 && text[at - 1] == '\r' ? at - 1 : at;
  record.next = std::min(at + 1, text.size());
  return record;
}

}  // namespace

RecordEnd next_record(std::string_view text, bool is_end, const RecordSyntax& syntax) {
  const RecordEnd line = next_line(text, is_end);
  if (!syntax.csv || syntax.quote == '\0' || !line.found) return line;
  if (std::memchr(text.data(), syntax.quote, line.bytes) == nullptr) return line;
  const RecordEnd record = next_quoted(text, is_end, syntax);
  return record.found || !is_end ? record : line;
}

RecordWalk::State RecordWalk::outside(char c) const {
  if (c == syntax_.delimiter) return State::kFieldStart;
  return c == '\n' ? State::kEnded : State::kPlain;
}

void RecordWalk::step(char c) {
  switch (state_) {
    case State::kFieldStart:
      if (c == syntax_.quote) {
        state_ = State::kQuoted;
      } else if (!syntax_.trim || !is_space(c, syntax_)) {
        state_ = outside(c);
      }
      break;
    case State::kQuoted:
      if (c == syntax_.escape && syntax_.escape != syntax_.quote) {
        state_ = State::kEscape;
      } else if (c == syntax_.quote) {
        state_ = syntax_.escape == syntax_.quote ? State::kQuote : State::kPlain;
      }
      break;
    case State::kEscape:
      state_ = State::kQuoted;
      break;
    case State::kQuote:
      state_ = c == syntax_.quote ? State::kQuoted : outside(c);
      break;
    default:
      state_ = outside(c);
      break;
  }
}

std::size_t RecordWalk::feed(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size() && !ended()) {
    const char c = text[at++];
    if (c == '\n') ++lines_;
    step(c);
  }
  return at;
}

bool is_blank(std::string_view record, const RecordSyntax& syntax) {
  return std::ranges::all_of(record, [&syntax](char c) {
    return c == '\r' || ((c == ' ' || c == '\t') && !(syntax.csv && c == syntax.delimiter));
  });
}

std::vector<std::string> csv_fields(std::string_view record, const RecordSyntax& syntax) {
  std::vector<std::string> fields(1);
  bool in_quotes = false;
  bool was_quoted = false;
  const auto end_field = [&] {
    std::string& field = fields.back();
    const bool trims = syntax.trim && !was_quoted;
    while (trims && !field.empty() && is_space(field.back(), syntax)) field.pop_back();
    was_quoted = false;
  };
  for (std::size_t i = 0; i < record.size(); ++i) {
    const char c = record[i];
    if (in_quotes && c == syntax.quote && i + 1 < record.size() && record[i + 1] == syntax.quote) {
      fields.back() += record[++i];
    } else if (in_quotes && c == syntax.quote) {
      in_quotes = false;
    } else if (in_quotes) {
      fields.back() += c;
    } else if (c == syntax.delimiter) {
      end_field();
      fields.emplace_back();
    } else if (syntax.trim && is_space(c, syntax) && (fields.back().empty() || was_quoted)) {
      continue;
    } else if (c == syntax.quote && fields.back().empty() && !was_quoted) {
      in_quotes = was_quoted = true;
    } else {
      fields.back() += c;
    }
  }
  end_field();
  return fields;
}

}  // namespace sluice::connectors
