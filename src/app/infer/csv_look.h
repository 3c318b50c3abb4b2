#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/csv_record.h"

namespace sluice::app {

/// How a CSV text is written, by its looks.
struct CsvLook {
  formats::CsvStyle style;
  bool has_header = false;
  std::size_t header_record = 0;     ///< its number, when lines of something else come before it
  std::vector<std::string> names;    ///< of the columns, each once, in UTF-8
  bool names_as_written = true;      ///< the header has them so
  std::vector<std::string> notes{};  ///< about the names
  /// How many of the records have as many fields as there are columns, 0 to 1.
  double agreement = 0;
};

/// Looks at the beginning of a text, without a byte order mark. `is_file`: the first record may be
/// a header. `delimiter`: that it is known to have.
CsvLook look_at_csv(std::string_view text, bool is_file, std::optional<char> delimiter);

/// Bytes as UTF-8, each taken for a letter of ISO 8859-1 where they are none.
std::string latin1_text(std::string_view bytes);

}  // namespace sluice::app
