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

/// Walks a quoted field that starts at `at` (a quote); the place behind its closing quote, or the
/// text's size when it does not close.
std::size_t skip_quoted(std::string_view text, std::size_t at, const RecordSyntax& syntax) {
  const bool doubled = syntax.escape == syntax.quote;
  const char letters[] = {syntax.quote, syntax.escape};
  const std::string_view wanted(letters, doubled ? 1 : 2);
  for (++at; at < text.size(); ++at) {
    at = wanted.size() == 1 ? text.find(syntax.quote, at) : text.find_first_of(wanted, at);
    if (at == std::string_view::npos) return text.size();
    const char next = at + 1 < text.size() ? text[at + 1] : '\0';
    const bool escapes =
        text[at] == syntax.escape && (next == syntax.quote || next == syntax.escape);
    if (escapes) {
      ++at;
    } else if (text[at] == syntax.quote) {
      return at + 1;
    }
  }
  return text.size();
}

/// The end of the record in `text` with quotes minded; not found when it lies behind the text.
RecordEnd next_quoted(std::string_view text, const RecordSyntax& syntax) {
  RecordEnd record;
  bool at_field_start = true;
  std::size_t at = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (at_field_start && c == syntax.quote) {
      const std::size_t behind = skip_quoted(text, at, syntax);
      record.lines +=
          static_cast<std::uint32_t>(std::ranges::count(text.substr(at, behind - at), '\n'));
      // A quote that ends the text may be the first of two.
      if (behind == text.size()) return record;
      at = behind;
      at_field_start = false;
      continue;
    }
    if (c == '\n') {
      record.found = true;
      record.bytes = at > 0 && text[at - 1] == '\r' ? at - 1 : at;
      record.next = at + 1;
      return record;
    }
    at_field_start = c == syntax.delimiter;
    ++at;
  }
  return record;
}

/// True when `text` ends in a closed state: its last record is whole though no line end follows.
bool is_closed(std::string_view text, const RecordSyntax& syntax) {
  return next_quoted(std::string(text) + "\n", syntax).found;
}

}  // namespace

RecordEnd next_record(std::string_view text, bool is_end, const RecordSyntax& syntax) {
  const RecordEnd line = next_line(text, is_end);
  if (!syntax.csv || syntax.quote == '\0' || !line.found) return line;
  if (std::memchr(text.data(), syntax.quote, line.bytes) == nullptr) return line;
  const std::string_view window = text.substr(0, kQuotedRecordBytesMax);
  const RecordEnd record = next_quoted(window, syntax);
  if (record.found) return record;
  const bool window_is_whole = window.size() == kQuotedRecordBytesMax || is_end;
  if (!window_is_whole) return record;
  if (is_end && window.size() == text.size() && is_closed(window, syntax)) {
    RecordEnd last = record;
    last.found = true;
    last.bytes = text.ends_with('\r') ? text.size() - 1 : text.size();
    last.next = text.size();
    return last;
  }
  return line;
}

bool is_blank(std::string_view record) {
  return std::ranges::all_of(record, [](char c) { return c == ' ' || c == '\t' || c == '\r'; });
}

std::vector<std::string> csv_fields(std::string_view record, const RecordSyntax& syntax) {
  std::vector<std::string> fields(1);
  bool in_quotes = false;
  for (std::size_t i = 0; i < record.size(); ++i) {
    const char c = record[i];
    if (in_quotes && c == syntax.quote && i + 1 < record.size() && record[i + 1] == syntax.quote) {
      fields.back() += record[++i];
    } else if (in_quotes && c == syntax.quote) {
      in_quotes = false;
    } else if (!in_quotes && c == syntax.quote && fields.back().empty()) {
      in_quotes = true;
    } else if (!in_quotes && c == syntax.delimiter) {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  return fields;
}

}  // namespace sluice::connectors
