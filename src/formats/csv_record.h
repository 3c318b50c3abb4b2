#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "data/arena.h"
#include "formats/reason.h"

namespace sluice::formats {

/// How a CSV record is written; RFC 4180 by default.
struct CsvStyle {
  char delimiter = ',';
  char quote = '"';   ///< '\0': no quotes
  char escape = '"';  ///< comes before a quote (or itself) inside quotes
  bool trim = false;  ///< blanks around fields do not count
};

/// A field of a record without its quotes.
struct CsvField {
  std::string_view text;
  bool quoted = false;
};

/// Splits one record into `fields` (overwritten). Blanks around fields without quotes are still
/// there, whatever the style. Texts are slices of the record, or of the arena
/// where a quote inside had to be taken out. kBadQuotes or kNone.
Reason split_csv(std::string_view record, const CsvStyle& style, data::Arena& arena,
                 std::vector<CsvField>& fields);

}  // namespace sluice::formats
