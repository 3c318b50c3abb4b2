#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/config_value.h"

namespace sluice::config {

/// The text of a pipeline file, addressed by line and column as messages name them. Does not own
/// the text.
class SourceText {
 public:
  SourceText(std::string_view text, std::string file);

  const std::string& file() const { return file_; }
  /// Without a byte order mark.
  std::string_view text() const { return text_; }
  /// Line `number` (from 1) without its end; "" when there is none.
  std::string_view line(int number) const;
  /// The character at `location`, or NUL.
  char at(const Location& location) const;
  /// The first character other than white space on the lines after `location`; `location` itself
  /// when there is none.
  Location first_text_after(const Location& location) const;
  /// Where the first byte is that no UTF-8 text can contain: a broken sequence, or a control
  /// character other than tab and line ends.
  std::optional<Location> first_bad_byte() const;

  /// The quote at `location` has its closing one.
  bool quote_closes(const Location& location) const;

  /// YAML folds the lines of a plain or block scalar. This gives the words of `value` (the scalar
  /// that starts at `location`) back with the line breaks and the indentation that they have in the
  /// file, so that line k of the result is line k of the file, and a column is the file's column
  /// (the first line starts at `location`). White space inside SQL quotes stays as YAML gives it.
  /// `value` itself when it does not match the file (a ${...} was put in, an escape was resolved).
  std::string with_layout(const std::string& value, const Location& location) const;

 private:
  std::size_t offset(const Location& location) const;

  std::string_view text_;
  std::string file_;
  std::vector<std::size_t> line_starts_;
};

}  // namespace sluice::config
