#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/files/record_splitter.h"
#include "data/arena.h"
#include "formats/csv_record.h"
#include "sluice/base/result.h"

namespace sluice::connectors {

/// Reads CSV from a stream by the rules of the source `csv` (docs/reference/csv.md): blank lines
/// and a byte order mark are skipped, lines end with LF or CRLF.
class CsvText {
 public:
  /// `input` outlives this.
  CsvText(std::istream& input, const formats::CsvStyle& style);

  /// The next record's fields, which are valid until the next call; false at the end. kUser, with
  /// the line, for what the source takes for broken as a whole: bytes that are not UTF-8, a quote
  /// that is not closed or that text follows; and for an input that is not a text of lines at all.
  Result<bool> next(std::vector<formats::CsvField>& fields);

  /// Where the record that next() gave last begins, from 1.
  std::uint64_t line() const { return record_line_; }

 private:
  Status fill();
  Error at_line(const std::string& problem) const;

  std::istream& input_;
  const formats::CsvStyle style_;
  const RecordSyntax syntax_;
  data::Arena arena_;
  std::string buffer_;
  std::size_t position_ = 0;  // of what is not yet given, in buffer_
  bool is_end_ = false;       // buffer_ holds the rest of the input
  bool is_first_ = true;
  std::uint64_t line_ = 1;
  std::uint64_t record_line_ = 1;
};

}  // namespace sluice::connectors
