#pragma once

#include <cstdint>

#include "base/options.h"

namespace sluice::connector {

/// `row_group_size`, of every sink that writes Parquet.
OptionSpec row_group_option();

/// What it says, for FileRequest::row_group_rows.
std::uint64_t row_group_rows(const Options& options);

}  // namespace sluice::connector
