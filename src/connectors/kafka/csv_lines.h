#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sluice::connectors::kafka {

struct CsvField {
  std::string text;
  bool quoted = false;
};

/// Splits CSV (RFC 4180) into records of fields: quoted fields may hold delimiters, doubled quotes
/// and line breaks; lines end with LF or CRLF; empty lines and a byte order mark are skipped. Bytes
/// that are no UTF-8 pass through.
class CsvLines {
 public:
  /// `input` outlives this. A `delimiter` is one character.
  CsvLines(std::istream& input, char delimiter);

  /// The next record into `fields`, which keeps its memory; false at the end. kUser with the line
  /// when a quote is not closed, or the input cannot be read.
  Result<bool> next(std::vector<CsvField>& fields);

  /// Of the record that next() gave last, from 1.
  std::uint64_t line() const { return record_line_; }

 private:
  int get();
  int peek();
  bool fill();
  Status read_quoted(std::string& text);

  std::istream& input_;
  char delimiter_;
  std::vector<char> buffer_;
  std::size_t position_ = 0;
  std::size_t end_ = 0;
  std::uint64_t line_ = 1;
  std::uint64_t record_line_ = 1;
  bool first_ = true;
};

}  // namespace sluice::connectors::kafka
