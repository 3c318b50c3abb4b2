#pragma once

#include <memory>
#include <vector>

#include "base/options.h"
#include "base/time_zone.h"
#include "data/type.h"
#include "formats/encoder.h"
#include "sluice/base/result.h"

namespace sluice::formats {

/// Of the CSV that rows become: delimiter, quote, escape, null_text.
std::vector<OptionSpec> csv_encoder_options();

/// Rows as CSV records (docs/reference/csv.md), which the csv format reads back as they were; times
/// with a zone as `zone` shows them. kUser, with the option's place where there is one: no quote, a
/// STRUCT, list or MAP.
Result<std::unique_ptr<Encoder>> make_csv_encoder(const Options& options,
                                                  const data::Schema& schema, const TimeZone& zone);

}  // namespace sluice::formats
