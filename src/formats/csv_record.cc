#include "formats/csv_record.h"

#include "formats/json_cursor.h"

namespace sluice::formats {

namespace {

// From `at` to the next `c`, or to `end`.
const char* find_byte(const char* at, const char* end, char c) {
  for (; at < end; at += 8) {
    const std::uint64_t found = bytes_equal(load_word(at, end), c);
    if (found != 0) {
      at += std::countr_zero(found) / 8;
      return at < end ? at : end;
    }
  }
  return end;
}

std::string_view between(const char* from, const char* to) {
  return {from, static_cast<std::size_t>(to - from)};
}

// Takes the escapes out of what stood between quotes.
std::string_view unescaped(std::string_view text, const CsvStyle& style, data::Arena& arena) {
  char* const out = arena.allocate(text.size());
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escapes = text[i] == style.escape && i + 1 < text.size() &&
                         (text[i + 1] == style.quote || text[i + 1] == style.escape);
    if (escapes) ++i;
    out[bytes++] = text[i];
  }
  return {out, bytes};
}

// From after an opening quote to the closing one, or null.
const char* closing_quote(const char* at, const char* end, const CsvStyle& style, bool& escaped) {
  escaped = false;
  for (; at < end; ++at) {
    if (style.escape == style.quote) {
      at = find_byte(at, end, style.quote);
      if (at == end) return nullptr;
      if (at + 1 == end || at[1] != style.quote) return at;
    } else if (*at == style.quote) {
      return at;
    } else if (*at != style.escape || at + 1 == end ||
               (at[1] != style.quote && at[1] != style.escape)) {
      continue;
    }
    escaped = true;
    ++at;
  }
  return nullptr;
}

const char* past_blanks(const char* at, const char* end, const CsvStyle& style) {
  while (at < end && (*at == ' ' || *at == '\t') && *at != style.delimiter) ++at;
  return at;
}

}  // namespace

Reason split_csv(std::string_view record, const CsvStyle& style, data::Arena& arena,
                 std::vector<CsvField>& fields) {
  fields.clear();
  const char* at = record.data();
  const char* const end = at + record.size();
  for (;;) {
    const char* const first = style.trim ? past_blanks(at, end, style) : at;
    if (first < end && style.quote != '\0' && *first == style.quote) {
      bool escaped = false;
      const char* const close = closing_quote(first + 1, end, style, escaped);
      if (close == nullptr) return Reason::kBadQuotes;
      const std::string_view text = between(first + 1, close);
      fields.push_back({escaped ? unescaped(text, style, arena) : text, true});
      at = style.trim ? past_blanks(close + 1, end, style) : close + 1;
      if (at < end && *at != style.delimiter) return Reason::kBadQuotes;
    } else {
      const char* const stop = find_byte(at, end, style.delimiter);
      fields.push_back({between(at, stop), false});
      at = stop;
    }
    if (at == end) return Reason::kNone;
    ++at;
  }
}

}  // namespace sluice::formats
