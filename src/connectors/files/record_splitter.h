#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::connectors {

/// Where records end in a file: at line ends (LF or CRLF), in CSV only outside of quotes.
struct RecordSyntax {
  bool csv = false;
  char delimiter = ',';
  char quote = '"';   ///< '\0': no quotes
  char escape = '"';  ///< stands before a quote inside quotes
};

/// A CSV record with quotes must end within this many bytes; else a quote is taken as never closed,
/// and its line alone is the record: one broken line does not swallow the file.
inline constexpr std::size_t kQuotedRecordBytesMax = 1 << 20;

struct RecordEnd {
  bool found = false;       ///< false: more bytes are needed to tell
  std::size_t bytes = 0;    ///< of the record, without its line end
  std::size_t next = 0;     ///< where the next one starts
  std::uint32_t lines = 1;  ///< lines that it takes
};

/// The record at the front of `text`, which is not empty. `is_end`: nothing comes behind `text`, so
/// its last record needs no line end. CSV as RFC 4180: a field that begins with a quote ends with
/// one; two quotes in it mean one; quotes elsewhere are letters.
RecordEnd next_record(std::string_view text, bool is_end, const RecordSyntax& syntax);

/// Only spaces and tabs, or nothing.
bool is_blank(std::string_view record);

/// The fields of a CSV record, without their quotes: for headers.
std::vector<std::string> csv_fields(std::string_view record, const RecordSyntax& syntax);

}  // namespace sluice::connectors
