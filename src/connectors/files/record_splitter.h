#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::connectors {

/// Of UTF-8, before the first record.
inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// Where records end in a file: at line ends (LF or CRLF), in CSV only outside quotes.
struct RecordSyntax {
  bool csv = false;
  char delimiter = ',';
  char quote = '"';   ///< '\0': no quotes
  char escape = '"';  ///< comes before a quote inside quotes
  bool trim = false;  ///< blanks may come before a field's quote
};

struct RecordEnd {
  bool found = false;       ///< false: more bytes are needed to decide
  std::size_t bytes = 0;    ///< of the record, without its line end
  std::size_t next = 0;     ///< where the next one starts
  std::uint32_t lines = 1;  ///< lines that it takes
};

/// The record at the front of `text`, which is not empty. `is_end`: nothing comes after `text`, so
/// its last record needs no line end. CSV as RFC 4180: a field that begins with a quote ends with
/// one; two quotes in it mean one; quotes elsewhere are letters. A quote that is never closed takes
/// its line alone: one broken line does not swallow the file.
RecordEnd next_record(std::string_view text, bool is_end, const RecordSyntax& syntax);

/// Finds the end of a record that is too long to be held: piece by piece.
class RecordWalk {
 public:
  explicit RecordWalk(const RecordSyntax& syntax) : syntax_(syntax) {}

  /// How many bytes of `text`, which follows what was given before, belong to the record with its
  /// line end: all of them as long as it has none.
  std::size_t feed(std::string_view text);

  bool ended() const { return state_ == State::kEnded; }
  /// What follows is between quotes, whatever it is.
  bool in_quotes() const { return state_ == State::kQuoted || state_ == State::kEscape; }
  /// A quote that closes, unless another one follows.
  bool at_quote() const { return state_ == State::kQuote; }
  std::uint32_t lines() const { return lines_; }

 private:
  enum class State : unsigned char { kFieldStart, kPlain, kQuoted, kEscape, kQuote, kEnded };

  void step(char c);
  State outside(char c) const;

  RecordSyntax syntax_;
  State state_ = State::kFieldStart;
  std::uint32_t lines_ = 0;
};

/// Nothing, or spaces and tabs that separate no fields.
bool is_blank(std::string_view record, const RecordSyntax& syntax);

/// The fields of a CSV record, without their quotes: for headers.
std::vector<std::string> csv_fields(std::string_view record, const RecordSyntax& syntax);

}  // namespace sluice::connectors
