#include "connectors/console/show_table.h"

#include <algorithm>
#include <array>
#include <utility>

namespace sluice::connectors {
namespace {

constexpr std::size_t kColumnWidthMin = 3;

/// Longer cells are cut even where the user asks for none to be truncated: a table is for people.
constexpr std::size_t kCellBytesMax = 64 * 1024;

/// Spark's Utils.fullWidthRegex.
constexpr std::array<std::pair<char32_t, char32_t>, 8> kFullWidth = {{{0x1100, 0x115F},
                                                                      {0x2E80, 0xA4CF},
                                                                      {0xAC00, 0xD7A3},
                                                                      {0xF900, 0xFAFF},
                                                                      {0xFE10, 0xFE19},
                                                                      {0xFE30, 0xFE6F},
                                                                      {0xFF00, 0xFF60},
                                                                      {0xFFE0, 0xFFE6}}};

struct Letter {
  std::size_t bytes = 1;
  char32_t code = 0;
};

/// The letter at the front of `text`. Bytes that are not UTF-8 count as letters of their own.
Letter first_letter(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  std::size_t bytes = 1;
  if (first >= 0xC2) bytes = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (bytes == 1 || bytes > text.size()) return {1, first};
  char32_t code = first & (0xFFU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return {1, first};
    code = code << 6U | (byte(i) & 0x3FU);
  }
  return {bytes, code};
}

std::size_t utf16_units(char32_t code) { return code > 0xFFFF ? 2 : 1; }

bool is_full_width(char32_t code) {
  return std::ranges::any_of(kFullWidth, [code](const auto& range) {
    return code >= range.first && code <= range.second;
  });
}

std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const Letter letter = first_letter(text);
    width += utf16_units(letter.code) + (is_full_width(letter.code) ? 1 : 0);
    text.remove_prefix(letter.bytes);
  }
  return width;
}

/// Spark's SchemaUtils.escapeMetaCharacters.
std::string escaped(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (const char c : text) {
    constexpr std::string_view kLetters = "\n\r\t\f\b\v\a";
    constexpr std::string_view kNames = "nrtfbva";
    const auto found = kLetters.find(c);
    if (found == std::string_view::npos) {
      result += c;
    } else {
      result += '\\';
      result += kNames[found];
    }
  }
  return result;
}

/// The first `units` UTF-16 units of `text`; half of a pair is printed as '?', as Java does.
std::string first_units(std::string_view text, std::size_t units) {
  std::size_t bytes = 0;
  std::size_t taken = 0;
  while (bytes < text.size() && taken < units) {
    const Letter letter = first_letter(text.substr(bytes));
    if (taken + utf16_units(letter.code) > units) return std::string(text.substr(0, bytes)) + "?";
    taken += utf16_units(letter.code);
    bytes += letter.bytes;
  }
  return std::string(text.substr(0, bytes));
}

bool has_more_units(std::string_view text, std::size_t units) {
  if (text.size() <= units) return false;
  std::size_t taken = 0;
  while (!text.empty() && taken <= units) {
    const Letter letter = first_letter(text);
    taken += utf16_units(letter.code);
    text.remove_prefix(letter.bytes);
  }
  return taken > units;
}

std::string truncated(std::string text, std::size_t limit) {
  if (limit == 0 || !has_more_units(text, limit)) return text;
  // "..." would leave nothing of it.
  if (limit < 4) return first_units(text, limit);
  return first_units(text, limit - 3) + "...";
}

}  // namespace

ShowTable::ShowTable(const std::vector<std::string>& columns, ShowOptions options)
    : options_(options) {
  for (const std::string& name : columns) names_.push_back(make_cell(escaped(name)));
}

ShowTable::Cell ShowTable::make_cell(std::string text) {
  const std::size_t width = width_of(text);
  return {std::move(text), width};
}

void ShowTable::add_row(const std::vector<std::optional<std::string_view>>& row) {
  Row& cells = rows_.emplace_back();
  for (const auto& value : row) {
    std::string text = "NULL";
    if (value && value->size() > kCellBytesMax) {
      text = first_units(escaped(value->substr(0, kCellBytesMax)), kCellBytesMax) + "...";
    } else if (value) {
      text = escaped(*value);
    }
    cells.push_back(make_cell(truncated(std::move(text), options_.truncate)));
    bytes_ += cells.back().text.size();
  }
}

std::string ShowTable::horizontal() const {
  std::vector<std::size_t> widths(names_.size(), kColumnWidthMin);
  const auto widen = [&](const Row& row) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].width);
  };
  widen(names_);
  for (const Row& row : rows_) widen(row);

  std::string line = "+";
  for (const std::size_t width : widths) line += std::string(width, '-') + "+";
  line += "\n";
  std::string text = line;
  const auto add = [&](const Row& row) {
    text += "|";
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - row[i].width, ' ');
      text += options_.truncate > 0 ? padding + row[i].text : row[i].text + padding;
      text += "|";
    }
    text += "\n";
  };
  add(names_);
  text += line;
  for (const Row& row : rows_) add(row);
  return text + line;
}

std::string ShowTable::vertical() const {
  std::size_t name_width = kColumnWidthMin;
  std::size_t value_width = kColumnWidthMin;
  for (const Cell& name : names_) name_width = std::max(name_width, name.width);
  for (const Row& row : rows_) {
    for (const Cell& cell : row) value_width = std::max(value_width, cell.width);
  }
  std::string text;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    std::string header = "-RECORD " + std::to_string(i);
    header.resize(std::max(header.size(), name_width + value_width + 5), '-');
    text += header + "\n";
    for (std::size_t j = 0; j < names_.size(); ++j) {
      const Cell& cell = rows_[i][j];
      text += " " + names_[j].text + std::string(name_width - names_[j].width, ' ') + " | ";
      text += cell.text + std::string(value_width - cell.width, ' ') + " \n";
    }
  }
  return text;
}

std::string ShowTable::text(bool has_more) const {
  std::string text = options_.vertical ? vertical() : horizontal();
  if (options_.vertical && rows_.empty()) {
    text += "(0 rows)";
  } else if (has_more) {
    text +=
        "only showing top " + std::to_string(rows_.size()) + (rows_.size() == 1 ? " row" : " rows");
  }
  return text;
}

}  // namespace sluice::connectors
