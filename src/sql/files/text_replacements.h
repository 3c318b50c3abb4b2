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

/// SQL that gives each row of `select`, with the columns of `schema`, as one JSON object in one
/// text column (formats::JsonForm::kLines): DuckDB's own shows some bytes as they are and others as
/// \x22, and has words for NaN that are not JSON. `offsets`: columns that are TIMESTAMPTZ end in
/// +00.
std::string json_rows(const std::string& select, const data::Schema& schema, bool offsets = true);

/// The options in COPY's brackets for such rows.
inline constexpr std::string_view kJsonCopyOptions =
    R"(FORMAT csv, HEADER false, QUOTE '', ESCAPE '', NULLSTR '', DELIMITER E'\n')";

}  // namespace sluice::sql
