#pragma once

#include <string>
#include <vector>

#include "app/rehearsal/test_file.h"
#include "app/rehearsal/test_run.h"
#include "sluice/base/result.h"
#include "sluice/tests.h"

namespace sluice::app {

/// In what `came` is not what the test expects, batch by batch. Rows are compared in any order; a
/// column that no expected row of the list names is not looked at, and one that a row leaves out
/// is NULL. kUser, with the place: an expected row that is no row, or has a column that is not
/// there.
Result<std::vector<TestDifference>> compare(const TestCase& test,
                                            const std::vector<CameStep>& came);

/// The columns that the expected rows name, in the order of `schema`.
Result<std::vector<std::string>> named_columns(const ConfigValue& expected,
                                               const data::Schema& schema, const std::string& name);

/// The row with these columns alone.
ConfigValue with_columns(const ConfigValue& row, const std::vector<std::string>& columns);

}  // namespace sluice::app
