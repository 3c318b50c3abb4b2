#include "app/infer/csv_look.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <set>

#include "app/infer/value_shape.h"
#include "base/ascii_text.h"
#include "base/utf8_text.h"
#include "connectors/files/record_splitter.h"
#include "data/arena.h"

namespace sluice::app {
namespace {

constexpr std::array kDelimiters = {',', ';', '\t', '|'};
constexpr std::size_t kNameBytesMax = 200;
/// What fewer records do is no style.
constexpr std::size_t kStyleRecordsMin = 3;

struct ReadField {
  std::string text;
  bool quoted = false;
};
using ReadRecord = std::vector<ReadField>;

struct Reading {
  formats::CsvStyle style;
  std::vector<ReadRecord> records;
  std::size_t columns = 1;
  double agreement = 0;
  double typed = 0;  ///< the part of the values that is no text
  double broken = 0;
  std::size_t broken_records = 0;

  /// Which of several readings is the best one.
  double score() const {
    return (columns > 1 ? agreement + 0.5 * typed : 0.25) - broken +
           0.001 * static_cast<double>(std::min<std::size_t>(columns, 20));
  }
};

std::string trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return std::string(text);
}

Reading read_as(std::string_view text, const formats::CsvStyle& style) {
  const connectors::RecordSyntax syntax{.csv = true,
                                        .delimiter = style.delimiter,
                                        .quote = style.quote,
                                        .escape = style.escape,
                                        .trim = style.trim};
  Reading made{.style = style};
  data::Arena arena;
  std::vector<formats::CsvField> fields;
  std::size_t bad = 0;
  while (!text.empty()) {
    const auto end = connectors::next_record(text, /*is_end=*/true, syntax);
    if (!end.found) break;
    const std::string_view line = text.substr(0, end.bytes);
    text.remove_prefix(end.next);
    if (trimmed(line).empty() && line.find('\t') == std::string_view::npos) continue;
    if (formats::split_csv(line, style, arena, fields) != formats::Reason::kNone) {
      ++bad;
      continue;
    }
    ReadRecord record;
    for (const formats::CsvField& field : fields) {
      record.push_back({style.trim && !field.quoted ? trimmed(field.text) : std::string(field.text),
                        field.quoted});
    }
    made.records.push_back(std::move(record));
  }
  std::map<std::size_t, std::size_t> counts;
  for (const ReadRecord& record : made.records) ++counts[record.size()];
  std::size_t most = 0;
  for (const auto& [columns, count] : counts) {
    if (count >= most) made.columns = columns, most = count;
  }
  std::size_t values = 0;
  std::size_t typed = 0;
  for (const ReadRecord& record : made.records) {
    if (record.size() != made.columns) continue;
    for (const ReadField& field : record) {
      if (field.text.empty()) continue;
      ++values;
      if (shape_of(field.text).shape != Shape::kText) ++typed;
    }
  }
  const auto all = static_cast<double>(std::max<std::size_t>(1, made.records.size() + bad));
  made.agreement = static_cast<double>(most) / all;
  made.broken = static_cast<double>(bad) / all;
  made.broken_records = bad;
  made.typed = values == 0 ? 0 : static_cast<double>(typed) / static_cast<double>(values);
  return made;
}

/// The plain style first: another one must be better.
std::vector<formats::CsvStyle> styles_for(std::string_view text, std::optional<char> known) {
  std::vector<formats::CsvStyle> styles;
  const auto add = [&](char quote, char escape, bool trim) {
    for (const char delimiter : kDelimiters) {
      if (text.find(delimiter) == std::string_view::npos && delimiter != ',') continue;
      if (known && delimiter != kDelimiters.front()) continue;
      styles.push_back(
          {.delimiter = known.value_or(delimiter), .quote = quote, .escape = escape, .trim = trim});
    }
  };
  const bool has_quote = text.find('"') != std::string_view::npos;
  for (const bool trim : {false, true}) {
    add('"', '"', trim);
    if (text.find("\\\"") != std::string_view::npos) add('"', '\\', trim);
    if (text.find('\'') != std::string_view::npos) add('\'', '\'', trim);
    if (has_quote) add('\0', '\0', trim);
  }
  return styles;
}

Reading best_reading(std::string_view text, std::optional<char> known) {
  Reading best;
  bool any = false;
  std::size_t fewest_broken = std::string_view::npos;
  for (const formats::CsvStyle& style : styles_for(text, known)) {
    Reading reading = read_as(text, style);
    // A quote or two that nobody closes are mistakes, and no style.
    if (style.quote == '\0' && fewest_broken < kStyleRecordsMin) continue;
    fewest_broken = std::min(fewest_broken, reading.broken_records);
    // An apostrophe here and there is a letter.
    if (style.quote == '\'') {
      std::size_t quoted = 0;
      for (const ReadRecord& record : reading.records) {
        quoted += static_cast<std::size_t>(std::ranges::count_if(record, &ReadField::quoted));
      }
      if (quoted * 2 < reading.records.size()) continue;
    }
    if (!any || reading.score() > best.score() + 0.02) best = std::move(reading);
    any = true;
  }
  return best;
}

bool is_name_like(const std::string& text) {
  return !text.empty() && text.size() <= kNameBytesMax && shape_of(text).shape == Shape::kText;
}

/// Years in a row, as the columns of a table that goes on to the right: 2019, 2020.
bool are_years(const ReadRecord& record) {
  std::vector<std::int64_t> years;
  for (const ReadField& field : record) {
    const ShapedValue value = shape_of(trimmed(field.text));
    if (value.shape != Shape::kInteger) continue;
    if (value.number < 1800 || value.number > 2200) return false;
    years.push_back(value.number);
  }
  for (std::size_t i = 1; i < years.size(); ++i) {
    if (std::abs(years[i] - years[i - 1]) != 1) return false;
  }
  return years.size() > 1;
}

/// Whether record `at` names the columns of those after it.
bool is_header(const std::vector<ReadRecord>& records, std::size_t at, std::size_t columns) {
  const ReadRecord& first = records[at];
  const bool has_years = are_years(first);
  std::size_t named = 0;
  for (const ReadField& field : first) {
    const std::string text = trimmed(field.text);
    const Shape shape = shape_of(text).shape;
    // These may be names, and say nothing.
    if (shape == Shape::kNullWord || shape == Shape::kBoolean) continue;
    if (shape == Shape::kInteger && has_years) continue;
    if (!is_name_like(text)) return false;
    ++named;
  }
  if (named == 0 || (named * 2 < columns && !has_years)) return false;
  if (at + 1 == records.size()) return true;
  bool repeats = false;
  for (std::size_t column = 0; column < columns; ++column) {
    std::size_t values = 0;
    std::size_t typed = 0;
    for (std::size_t i = at + 1; i < records.size(); ++i) {
      if (records[i].size() != columns || records[i][column].text.empty()) continue;
      ++values;
      if (shape_of(records[i][column].text).shape != Shape::kText) ++typed;
      repeats = repeats || records[i][column].text == first[column].text;
    }
    const bool is_name = is_name_like(trimmed(first[column].text));
    if (values > 0 && typed * 5 >= values * 4 && is_name) return true;
  }
  // All are texts: a name is not among what it names.
  return !repeats;
}

void name_columns(const ReadRecord& header, CsvLook& look) {
  std::set<std::string> taken;
  for (std::size_t i = 0; i < header.size(); ++i) {
    const std::string& written = header[i].text;
    std::string name = trimmed(latin1_text(written));
    std::ranges::replace_if(name, [](unsigned char c) { return c < 0x20; }, ' ');
    if (name.empty()) name = "column" + std::to_string(i + 1);
    if (name.size() > kNameBytesMax) name.resize(valid_utf8_bytes(name.substr(0, kNameBytesMax)));
    const std::string base = name;
    for (int number = 2; !taken.insert(lower_case(name)).second; ++number) {
      name = base + "_" + std::to_string(number);
    }
    if (name != written) look.names_as_written = false;
    if (name != base) {
      look.notes.push_back("column " + std::to_string(i + 1) + " is called '" + base +
                           "' as another one is; here it is " + name);
    }
    look.names.push_back(std::move(name));
  }
}

}  // namespace

std::string latin1_text(std::string_view bytes) {
  if (is_utf8(bytes)) return std::string(bytes);
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      text += c;
    } else {
      text += static_cast<char>(0xC0U | (byte >> 6U));
      text += static_cast<char>(0x80U | (byte & 0x3FU));
    }
  }
  return text;
}

CsvLook look_at_csv(std::string_view text, bool is_file, std::optional<char> delimiter) {
  const Reading reading = best_reading(text, delimiter);
  CsvLook look;
  look.style = reading.style;
  look.agreement = reading.agreement;
  const auto first = std::ranges::find(reading.records, reading.columns,
                                       [](const ReadRecord& record) { return record.size(); });
  if (first == reading.records.end()) return look;
  const auto at = static_cast<std::size_t>(first - reading.records.begin());
  look.has_header = is_file && is_header(reading.records, at, reading.columns);
  look.header_record = look.has_header ? at : 0;
  if (look.has_header) {
    name_columns(*first, look);
  } else {
    for (std::size_t i = 0; i < reading.columns; ++i) {
      look.names.push_back("column" + std::to_string(i + 1));
    }
  }
  return look;
}

}  // namespace sluice::app
