#include "config/source_text.h"

#include <algorithm>
#include <utility>

namespace sluice::config {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

/// Bytes of the UTF-8 sequence at the front of `text`; 0 when it is none.
std::size_t sequence_size(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  std::size_t size = 0;
  if (lead < 0x80) {
    const bool control = lead < 0x20 && !is_space(text[0]);
    return control || lead == 0x7f ? 0 : 1;
  }
  if (lead >= 0xc2 && lead <= 0xdf) size = 2;
  if (lead >= 0xe0 && lead <= 0xef) size = 3;
  if (lead >= 0xf0 && lead <= 0xf4) size = 4;
  if (size == 0 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return 0;
  }
  return size;
}

}  // namespace

SourceText::SourceText(std::string_view text, std::string file)
    : text_(text), file_(std::move(file)) {
  if (text_.starts_with(kByteOrderMark)) text_.remove_prefix(kByteOrderMark.size());
  line_starts_.push_back(0);
  for (std::size_t i = 0; i < text_.size(); ++i) {
    if (text_[i] == '\n') line_starts_.push_back(i + 1);
  }
}

std::string_view SourceText::line(int number) const {
  if (number < 1 || static_cast<std::size_t>(number) > line_starts_.size()) return {};
  const std::size_t start = line_starts_[static_cast<std::size_t>(number) - 1];
  std::string_view rest = text_.substr(start);
  rest = rest.substr(0, rest.find('\n'));
  if (rest.ends_with('\r')) rest.remove_suffix(1);
  return rest;
}

std::size_t SourceText::offset(const Location& location) const {
  if (location.line < 1 || static_cast<std::size_t>(location.line) > line_starts_.size()) {
    return text_.size();
  }
  const std::size_t start = line_starts_[static_cast<std::size_t>(location.line) - 1];
  return std::min(text_.size(), start + static_cast<std::size_t>(std::max(location.column, 1) - 1));
}

char SourceText::at(const Location& location) const {
  const std::size_t position = offset(location);
  return position < text_.size() ? text_[position] : '\0';
}

Location SourceText::first_text_after(const Location& location) const {
  for (int number = location.line + 1; static_cast<std::size_t>(number) <= line_starts_.size();
       ++number) {
    const std::size_t column = line(number).find_first_not_of(" \t");
    if (column != std::string_view::npos) return {file_, number, static_cast<int>(column) + 1};
  }
  return location;
}

std::optional<Location> SourceText::first_bad_byte() const {
  for (std::size_t i = 0; i < text_.size();) {
    if (const std::size_t size = sequence_size(text_.substr(i)); size > 0) {
      i += size;
      continue;
    }
    const auto next = std::ranges::upper_bound(line_starts_, i);
    const auto number = static_cast<int>(next - line_starts_.begin());
    return Location{file_, number, static_cast<int>(i - *(next - 1)) + 1};
  }
  return std::nullopt;
}

bool SourceText::quote_closes(const Location& location) const {
  const char quote = at(location);
  for (std::size_t i = offset(location) + 1; i < text_.size(); ++i) {
    if (quote == '"' && text_[i] == '\\') {
      ++i;
    } else if (text_[i] == quote) {
      if (quote == '"' || i + 1 == text_.size() || text_[i + 1] != quote) return true;
      ++i;
    }
  }
  return false;
}

std::string SourceText::with_layout(const std::string& value, const Location& location) const {
  std::string result;
  std::size_t from = offset(location);
  bool in_quotes = false;
  for (std::size_t i = 0; i < value.size();) {
    if (!is_space(value[i])) {
      if (from >= text_.size() || text_[from] != value[i]) return value;
      if (value[i] == '\'') in_quotes = !in_quotes;
      result += value[i++];
      ++from;
      continue;
    }
    const std::size_t value_start = i;
    const std::size_t source_start = from;
    while (i < value.size() && is_space(value[i])) ++i;
    while (from < text_.size() && is_space(text_[from])) ++from;
    if (i == value.size()) break;
    // A quoted text with a line break in it keeps its meaning; the columns after it are off.
    result += in_quotes ? value.substr(value_start, i - value_start)
                        : std::string(text_.substr(source_start, from - source_start));
  }
  return result;
}

}  // namespace sluice::config
