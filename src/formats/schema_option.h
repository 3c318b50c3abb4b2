#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/options.h"
#include "data/type.h"
#include "formats/value_plan.h"
#include "sluice/base/result.h"

namespace sluice::formats {

/// Columns as a decoder needs them.
struct DecodedColumns {
  data::Schema schema;
  std::vector<ValuePlan> plans;  ///< one a column
};

/// The options `schema`, `on_error` and `tombstones`, which every format has.
std::vector<OptionSpec> shared_options();

/// The columns of a `schema` option's value: a map of names and types. kUser errors carry the place
/// of the column.
Result<data::Schema> parse_schema(const ConfigValue& given);

/// Says of a column of a schema what is wrong with it, and where it is declared.
using ColumnError = std::function<Error(std::size_t column, const std::string& message)>;

/// Of columns that are declared elsewhere. kUser, by `error`, for a type that no text can hold.
Result<DecodedColumns> compile_columns(data::Schema schema, const ColumnError& error);

/// Reads the option `schema`, of which each type must be one that text can hold. kUser errors carry
/// the place of the column.
Result<DecodedColumns> read_schema(const Options& options);

}  // namespace sluice::formats
