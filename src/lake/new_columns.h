#pragma once

#include <vector>

#include "data/type.h"
#include "lake/table.h"
#include "sluice/base/result.h"

namespace sluice::lake {

/// The columns of `rows`, and fields of their STRUCTs, that the table lacks, for
/// Commit::new_columns. What is there with another type is not reported here. kUser: a column that
/// the table's protocol has no room for (a TIMESTAMP without the feature timestampNtz), or a type
/// that Delta lacks.
Result<std::vector<NewColumn>> missing_columns(const data::Schema& rows, const TableState& table);

}  // namespace sluice::lake
