#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "app/rehearsal/row_writer.h"
#include "sluice/base/result.h"

namespace sluice::app {

using RowsOfTables = std::map<std::string, std::vector<WrittenRow>>;

/// Of the tables' rows those without which a test would give something else: found by trying, first
/// with rows that share a value with what came (`values`), then without one part of them after the
/// other, a bounded number of times. `gives_same`: whether a test with these rows gives what it
/// gives with all. Its error ends it.
Result<RowsOfTables> needed_rows(
    const RowsOfTables& all, const std::set<std::string>& values,
    const std::function<Result<bool>(const RowsOfTables&)>& gives_same);

/// The scalars of a row, at any depth.
void add_values(const ConfigValue& row, std::set<std::string>& values);

}  // namespace sluice::app
