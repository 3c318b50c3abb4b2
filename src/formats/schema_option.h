#pragma once

#include <vector>

#include "base/options.h"
#include "base/result.h"
#include "data/type.h"
#include "formats/value_plan.h"

namespace sluice::formats {

/// Columns as a decoder needs them.
struct DecodedColumns {
  data::Schema schema;
  std::vector<ValuePlan> plans;  ///< one a column
};

/// The options `schema` and `on_error`, which every format has.
std::vector<OptionSpec> shared_options();

/// Reads the option `schema`. kUser errors carry the place of the column.
Result<DecodedColumns> read_schema(const Options& options);

}  // namespace sluice::formats
