#include "connectors/kafka/record_feed.h"

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "base/nearest.h"
#include "base/shown_text.h"
#include "formats/foreign_text.h"
#include "formats/json_cursor.h"
#include "formats/json_items.h"

namespace sluice::connectors::kafka {
namespace {

constexpr std::string_view kDigits = "0123456789";

std::size_t count_digits(std::string_view text, std::size_t from) {
  const std::size_t end = text.find_first_not_of(kDigits, from);
  return (end == std::string_view::npos ? text.size() : end) - from;
}

/// RFC 8259, section 6.
bool is_json_number(std::string_view text) {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  const std::size_t whole = count_digits(text, at);
  if (whole == 0 || (whole > 1 && text[at] == '0')) return false;
  at += whole;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = count_digits(text, at + 1);
    if (fraction == 0) return false;
    at += 1 + fraction;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const std::size_t exponent = count_digits(text, at);
    if (exponent == 0) return false;
    at += exponent;
  }
  return at == text.size();
}

void append_json_text(std::string_view text, std::string& out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += "\\u00";
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[static_cast<unsigned char>(c) & 0xF];
    } else {
      out += c;
    }
  }
  out += '"';
}

void append_json_value(const formats::CsvField& field, std::string& out) {
  if (field.quoted) {
    append_json_text(field.text, out);
  } else if (field.text.empty()) {
    out += "null";
  } else if (field.text == "true" || field.text == "false" || is_json_number(field.text)) {
    out += field.text;
  } else {
    append_json_text(field.text, out);
  }
}

class CsvFeed {
 public:
  CsvFeed(CsvRows rows, FeedOptions options)
      : options_(std::move(options)), rows_(std::move(rows)) {}

  Result<bool> next(OutgoingRecord& record) {
    if (names_.empty()) SLUICE_TRY(read_header());
    SLUICE_ASSIGN(const bool more, rows_(row_));
    if (!more) return false;
    const auto& fields = row_.fields;
    if (fields.size() != names_.size()) {
      const bool many = fields.size() > names_.size();
      return user_error(std::string("csv: the row has ") + (many ? "more" : "fewer") +
                        " fields than the header; line=" + std::to_string(row_.line) + " fields=" +
                        std::to_string(fields.size()) + " header=" + std::to_string(names_.size()) +
                        (many ? "; quote fields that hold the delimiter"
                              : "; write an empty field for one without a value"));
    }
    if (!record.value) record.value.emplace();
    std::string& json = *record.value;
    json.clear();
    for (std::size_t i = 0; i < names_.size(); ++i) {
      json += i == 0 ? '{' : ',';
      json += names_[i];
      append_json_value(fields[i], json);
    }
    json += '}';
    record.line = row_.line;
    record.headers = options_.headers;
    record.key.reset();
    if (key_ < fields.size() && (fields[key_].quoted || !fields[key_].text.empty())) {
      record.key = std::string(fields[key_].text);
    }
    return true;
  }

 private:
  Status read_header() {
    SLUICE_ASSIGN(const bool more, rows_(row_));
    if (!more) return user_error("csv: the input is empty; its first line must name the columns");
    std::vector<std::string> columns;
    for (const formats::CsvField& field : row_.fields) {
      if (std::ranges::find(columns, field.text) != columns.end()) {
        return user_error("csv: the header names '" + shown_text(field.text) + "' twice; line=" +
                          std::to_string(row_.line) + "; give each column a name of its own");
      }
      columns.emplace_back(field.text);
      std::string name;
      append_json_text(field.text, name);
      names_.push_back(name + ':');
    }
    if (options_.key_column.empty()) return {};
    const auto found = std::ranges::find(columns, options_.key_column);
    if (found == columns.end()) {
      return user_error("csv: there is no column '" + options_.key_column + "' for the key" +
                        did_you_mean(options_.key_column, columns));
    }
    key_ = static_cast<std::size_t>(found - columns.begin());
    return {};
  }

  FeedOptions options_;
  CsvRows rows_;
  CsvRow row_;
  std::vector<std::string> names_;  // as JSON, with the colon
  std::size_t key_ = static_cast<std::size_t>(-1);
};

class LinesFeed {
 public:
  LinesFeed(std::function<Result<bool>(std::string&)> next, FeedOptions options)
      : next_(std::move(next)), options_(std::move(options)) {}

  Result<bool> next(OutgoingRecord& record) {
    if (!record.value) record.value.emplace();
    std::string& line = *record.value;
    do {
      ++number_;
      SLUICE_ASSIGN(const bool more, next_(line));
      if (!more) return false;
      if (line.ends_with('\r')) line.pop_back();
    } while (line.empty());
    record.line = number_;
    record.headers = options_.headers;
    record.key.reset();
    if (!options_.key_column.empty()) SLUICE_TRY(take_key(line, record));
    return true;
  }

 private:
  Status take_key(const std::string& line, OutgoingRecord& record) const {
    const std::size_t first = line.find_first_not_of(" \t");
    if (first == std::string::npos || line[first] != '{' || !formats::is_json(line)) {
      return user_error("json lines: the line is not an object, so it has no '" +
                        options_.key_column + "' for the key; line=" + std::to_string(number_));
    }
    std::string_view value;
    formats::JsonItems items(std::string_view(line).substr(first));
    while (items.next()) {
      if (items.has_key(options_.key_column)) value = items.value();
    }
    if (value.empty() || value == "null") return {};
    // As it is written: numbers that a double has no room for are different keys.
    record.key = value.front() == '"' ? formats::string_of(value) : std::string(value);
    return {};
  }

  std::function<Result<bool>(std::string&)> next_;
  FeedOptions options_;
  std::uint64_t number_ = 0;
};

}  // namespace

RecordFeed csv_feed(CsvRows rows, FeedOptions options) {
  auto feed = std::make_shared<CsvFeed>(std::move(rows), std::move(options));
  return [feed](OutgoingRecord& record) { return feed->next(record); };
}

RecordFeed lines_feed(std::function<Result<bool>(std::string& line)> next, FeedOptions options) {
  auto feed = std::make_shared<LinesFeed>(std::move(next), std::move(options));
  return [feed](OutgoingRecord& record) { return feed->next(record); };
}

RecordFeed json_lines_feed(std::istream& input, FeedOptions options) {
  return lines_feed(
      [&input, is_first = true](std::string& line) mutable -> Result<bool> {
        if (std::getline(input, line)) {
          const auto what = is_first ? formats::foreign_text(line) : std::nullopt;
          is_first = false;
          if (what) return user_error("json lines: the input " + *what);
          return true;
        }
        if (input.bad()) return user_error("json lines: the input cannot be read");
        return false;
      },
      std::move(options));
}

}  // namespace sluice::connectors::kafka
