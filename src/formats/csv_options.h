#pragma once

#include <vector>

#include "base/options.h"
#include "formats/csv_record.h"
#include "sluice/base/result.h"

namespace sluice::formats {

/// How a CSV text is written: delimiter, quote, escape, trim, columns_in_file. The csv format has
/// them, and so has a source that finds the ends of CSV records itself.
std::vector<OptionSpec> csv_text_options();

/// What a writer of CSV needs of them: delimiter, quote, escape.
std::vector<OptionSpec> csv_writing_options();

/// Reads delimiter, quote, escape and trim, where it is declared. kUser errors carry the place of
/// the option.
Result<CsvStyle> read_csv_style(const Options& options);

}  // namespace sluice::formats
