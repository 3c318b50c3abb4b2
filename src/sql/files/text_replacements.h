#pragma once

#include <string>
#include <string_view>

#include "connector/batch_table.h"
#include "data/type.h"

namespace sluice::sql {

/// SQL that gives the rows of `select`, with the columns of `schema`, as the texts that a CSV file
/// should have: NaN, Infinity and -Infinity as Spark writes them, and long decimals, of which
/// DuckDB takes its time to make text.
std::string csv_rows(const std::string& select, const data::Schema& schema);

}  // namespace sluice::sql
