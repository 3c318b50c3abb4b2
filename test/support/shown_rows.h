#pragma once

#include <optional>
#include <string>
#include <vector>

#include "connector/batch_table.h"

namespace sluice::connector {

/// For tests: all rows of a table as the texts that Spark's `show` has, null for NULL.
Result<std::vector<std::vector<std::optional<std::string>>>> shown_rows(BatchTable& table);

}  // namespace sluice::connector
